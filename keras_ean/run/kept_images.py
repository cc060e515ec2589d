"""A run's images: read when a phase needs them; what the others need is kept in the run's folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from statistics import fmean
from typing import Any, Generic, TypeVar

import numpy as np

from keras_ean.data import ImageData
from keras_ean.exporting import Preprocess
from keras_ean.run.folder import RunFolder, read_json
from keras_ean.run.subjects import Subjects

SAMPLE = 100
"""Held-out images that are kept, to compare and to time networks on."""
T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """What a network and its export must know of the images.

    Args:
        shape: The (height, width, channels) of an image that a network takes.
        class_names: The name of each class, in the order of the labels.
        preprocess: The way from pixels to what the network takes.
    """

    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    preprocess: Preprocess

    @classmethod
    def of(cls, data: ImageData) -> "Facts":
        return cls(data.shape, data.class_names, Preprocess.of(data))

    @property
    def classes(self) -> int:
        return len(self.class_names)


@dataclass(frozen=True)
class Numbers:
    """The numbers of images to train on, to score schemes on, and to test networks on."""

    train: int
    validation: int
    test: int

    @classmethod
    def of(cls, data: Any) -> "Numbers":
        """The numbers of a data set with these three splits."""
        return cls(len(data.train), len(data.validation), len(data.test))


class KeptImages(Generic[T]):
    """Images that are read at most once, and not at all by a phase that only needs `facts`, `numbers` or a `sample`.

    A subclass implements `read`, `facts_of`, `sample_of`, `digests_of` and `subjects_of`.

    Args:
        folder: The folder of the run, in which facts and sample are kept.
    """

    def __init__(self, folder: RunFolder):
        self.folder = folder
        self._facts_file, self._sample_file = folder.path / "images.json", folder.path / "images.npy"
        self._subjects_file = folder.path / "subjects.npy"

    def read(self) -> T:
        """Reads the whole data set, whose `report` tells what was skipped or changed."""
        raise NotImplementedError(f"{type(self).__name__} must implement read().")

    def facts_of(self, data: T) -> Facts:
        raise NotImplementedError(f"{type(self).__name__} must implement facts_of(data).")

    def sample_of(self, data: T, number: int) -> Any:
        """Held-out images, evenly spaced, as the network takes them, so many or fewer."""
        raise NotImplementedError(f"{type(self).__name__} must implement sample_of(data, number).")

    def digests_of(self, data: T) -> dict[str, str]:
        """What stands for the images and targets of each split."""
        raise NotImplementedError(f"{type(self).__name__} must implement digests_of(data).")

    def subjects_of(self, data: T) -> Subjects | None:
        """What the images show, where several show the same."""
        raise NotImplementedError(f"{type(self).__name__} must implement subjects_of(data).")

    @cached_property
    def data(self) -> T:
        """All of them.

        Raises:
            ValueError: The images are other ones than those that the run has begun with.
        """
        data: Any = self.read()
        folder, digests = self.folder, self.digests_of(data)
        changed = self._changed(digests)
        if data.report:
            folder.write(folder.path / "data.txt", "\n".join(data.report) + "\n")
        known = folder.whole(self._facts_file) and folder.whole(self._sample_file)
        if folder.writes and (changed or not known):
            self._keep(data, digests)
        return data

    def _changed(self, digests: dict[str, str]) -> list[str]:
        """Splits that are other ones than those that were read before; ValueError if anything was made of those."""
        kept = (self.folder.json(self._facts_file) or {}).get("digests", digests)  # Earlier versions kept none.
        changed = [name for name, digest in digests.items() if kept.get(name) != digest]
        if changed and self.folder.begun:
            raise ValueError(
                f"The {' and '.join(changed)} images are other ones than those that the run in {self.folder.path} "
                "began with. Put back what they were, in their order (a function that makes them must give the same "
                "each time), or start a run with the new ones in another folder: --out."
            )
        return changed

    def _keep(self, data: T, digests: dict[str, str]) -> None:
        images = self.sample_of(data, SAMPLE)
        if isinstance(images, np.ndarray):
            with self.folder.keeping(self._sample_file) as partial:
                np.save(partial, images)
            facts = {**asdict(self.facts_of(data)), "numbers": asdict(Numbers.of(data)), "digests": digests}
            if (subjects := self.subjects_of(data)) is not None:
                if subjects.test is not None:
                    with self.folder.keeping(self._subjects_file) as partial:
                        np.save(partial, subjects.test)
                facts["subjects"] = {"called": subjects.called, "numbers": subjects.numbers}
            self.folder.write_json(self._facts_file, facts)

    @cached_property
    def facts(self) -> Facts:
        if "data" in vars(self) or not self.folder.whole(self._facts_file):
            return self.facts_of(self.data)
        kept = read_json(self._facts_file)
        return Facts(tuple(kept["shape"]), tuple(kept["class_names"]), Preprocess(**kept["preprocess"]))

    @cached_property
    def numbers(self) -> Numbers:
        kept = self.folder.json(self._facts_file) or {}
        # An earlier version did not keep them.
        return Numbers(**kept["numbers"]) if "numbers" in kept else Numbers.of(self.data)

    @cached_property
    def subjects(self) -> Subjects | None:
        """What the images show, where several show the same; None of a run that an earlier version began, so that its
        answer stays what it was."""
        facts, file = self.folder.json(self._facts_file), self._subjects_file
        if facts is None or (self.folder.manifest.lists(file) and not self.folder.whole(file)):
            return self.subjects_of(self.data)
        test = np.load(file) if file.is_file() else None
        return Subjects(**facts["subjects"], test=test) if "subjects" in facts else None

    @property
    def test_subjects(self) -> np.ndarray | None:
        """What each test image shows, (images,), where several show the same."""
        return None if self.subjects is None else self.subjects.test

    def shown(self, split: str) -> str:
        """How many things the images of a split show, if fewer than they are: "359 digits"; else empty."""
        if self.subjects is None or self.subjects.numbers[split] == getattr(self.numbers, split):
            return ""
        return f"{self.subjects.numbers[split]:,} {self.subjects.called}"

    def independent(self, compared: Sequence[Mapping[str, Any]]) -> float:
        """As many validation images, each of something else, would tell an accuracy as surely.

        How alike the images of one subject are is seen in the tests of networks; before there are any they count as one
        image.

        Args:
            compared: Figures of the tested networks, as in report.json.
        """
        number, subjects = self.numbers.validation, self.subjects
        if subjects is None:
            return number
        validation, test = (getattr(self.numbers, split) / subjects.numbers[split] for split in ("validation", "test"))
        effects = [facts["images"] / facts["independent"] for facts in compared if "independent" in facts]
        alike = (fmean(effects) - 1) / (test - 1) if effects and test > 1 else 1.0
        return number / (1 + min(1.0, alike) * (validation - 1))

    def sample(self, number: int = SAMPLE) -> Any:
        """Held-out images, evenly spaced, as the network takes them, in its structure of inputs: so many, or fewer."""
        if number <= SAMPLE and self.folder.whole(self._sample_file):
            kept = np.load(self._sample_file)
            return kept[spread(len(kept), number)]
        return self.sample_of(self.data, number)


def spread(rows: int, number: int) -> np.ndarray:
    """So many of these rows, or all, evenly spaced."""
    return np.linspace(0, rows - 1, min(number, rows)).astype(int)
