"""A run as its folder alone shows it: nothing is built, trained or measured."""

from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.measure.paired import Difference
from keras_ean.run import shown
from keras_ean.run.config import Config
from keras_ean.run.folder import RunFolder, read_json
from keras_ean.run.front import FILE, Scored, read_scored
from keras_ean.run.report.rows import Row, rows
from keras_ean.run.unit import Unit
from keras_ean.run.verdict import Costs, Verdict


class KeptRun:
    """What a finished run keeps of its answer and of what the answer stands on.

    Args:
        folder: The folder of the run.
    """

    def __init__(self, folder: str | Path):
        self.folder = RunFolder(folder, writes=False)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.path.resolve().name

    @cached_property
    def config(self) -> Config:
        """The configuration of the run.

        Raises:
            FileNotFoundError: There is no run.
        """
        return self.folder.config()

    @property
    def data(self) -> str:
        """What the images are called."""
        return shown.data_name(self.config)

    @property
    def network(self) -> str:
        """The backbone, or the model that was given."""
        return shown.network_name(self.config)

    @property
    def title(self) -> str:
        return shown.title(self.config)

    @property
    def wanted(self) -> list[str]:
        """Names of the trainings that are compared, such as "found-0"."""
        return [f"{name}-{seed}" for name in self.config.compared for seed in range(self.config.repeats)]

    @property
    def trained(self) -> list[str]:
        """The names of the trainings that have ended, among those that are wanted."""
        return [name for name in self.wanted if (self.folder.path / "networks" / name / "metrics.json").is_file()]

    @property
    def judged(self) -> bool:
        """Whether there is a verdict, and what it stands on."""
        return all(map(self.folder.whole, (self.folder.path / "verdict.json", self.folder.report / "report.json")))

    def verdict(self) -> Verdict:
        """The verdict as it was written.

        Raises:
            FileNotFoundError: The run has none yet.
            ValueError: It is damaged, or of other settings than the run has by now.
        """
        config = self.config
        if not self.judged:
            raise FileNotFoundError(
                f"{self.folder.path} holds a run on {config.data.name} that has no verdict yet; finish it with: "
                f"keras-ean run --out {self.folder.path}"
            )
        return read_verdict(self._read(self.folder.path / "verdict.json"))

    def _read(self, file: Path) -> Any:
        """What is in a file of JSON, which must be as the run wrote it."""
        fault = self.folder.manifest.fault(file) if self.folder.manifest.lists(file) else None
        if fault is not None:
            raise ValueError(f"{file} {fault}; it is made again by: keras-ean run --out {self.folder.path}")
        return read_json(file)

    def rows(self) -> list[Row]:
        """The comparison, a row for each network, with the times of inference that were measured then."""
        return rows(self._read(self.folder.report / "report.json"))

    def scored(self) -> Scored | None:
        """The schemes that the search has scored, with their costs; None where an earlier version did not keep them."""
        file = self.folder.report / FILE
        return read_scored(self._read(file)) if file.is_file() else None

    def numbers(self) -> dict[str, int]:
        """Numbers of images by split; none where an earlier version did not keep them."""
        return (self.folder.json(self.folder.path / "images.json") or {}).get("numbers", {})

    def class_names(self) -> tuple[str, ...]:
        """The names of the images' classes; none where they have none."""
        return tuple((self.folder.json(self.folder.path / "images.json") or {}).get("class_names", ()))

    def answers(self, name: str) -> np.ndarray | None:
        """What each test image says of a network, the more the better, (seeds, images); None if it was not kept."""
        return self._by_seed(name, "answers.npy")

    def resampled(self, name: str) -> np.ndarray | None:
        """A network's objective on test images that were drawn again, (seeds, resamples); None of an accuracy."""
        return self._by_seed(name, "resampled.npy")

    def subjects(self) -> np.ndarray | None:
        """What each test image shows, (images,), where several show the same."""
        file = self.folder.path / "subjects.npy"
        return np.load(file) if self.folder.whole(file) else None

    def _by_seed(self, name: str, file: str) -> np.ndarray | None:
        files = [self.folder.network(name, seed) / file for seed in range(self.config.repeats)]
        return np.stack([np.load(file) for file in files]) if all(map(self.folder.whole, files)) else None

    def test_images(self) -> list[Any]:
        """What tells whether two runs have the same test images: their number and a hundred of them, evenly spaced."""
        file = self.folder.path / "images.npy"
        return [self.numbers().get("test"), np.load(file) if self.folder.whole(file) else None]


def read_verdict(facts: dict[str, Any]) -> Verdict:
    """The verdict made of the facts that `Verdict.facts` gives, after a way through JSON."""
    known = {field.name: facts[field.name] for field in fields(Verdict) if field.name in facts}
    for name in ("gain", "loss", "over_random", "everywhere"):
        known[name] = known[name] and Difference(**known[name])
    known["behind"] = {name: Difference(**one) for name, one in known["behind"].items()}
    known["costs"] = {name: Costs(**one) for name, one in known["costs"].items()}
    known["intervals"] = {name: tuple(one) for name, one in known["intervals"].items()}
    known["cautions"] = tuple(facts.get("cautions", ()))
    return Verdict(**{**known, "unit": Unit(**facts.get("unit", {}))})


def runs_in(folder: str | Path) -> list[KeptRun]:
    """The runs in a folder, itself included, at any depth and in the order of their names.

    Raises:
        FileNotFoundError: There is no run.
    """
    files = sorted(Path(folder).rglob("versions.json"))
    found = [KeptRun(file.parent) for file in files if (file.parent / "config.yaml").is_file()]
    if not found:
        raise FileNotFoundError(
            f"There are no runs in {folder}; start one with: keras-ean run CONFIG --out {folder}/NAME"
        )
    return found
