"""The run folder: everything about a run in one place, written so that a kill at any instant leaves it whole."""

import json
from pathlib import Path

from keras_ean import __version__, files, recipes
from keras_ean.files import read_json
from keras_ean.run.config import Config
from keras_ean.run.config_file import parse_config
from keras_ean.run.machine import machine
from keras_ean.run.yaml_text import read_yaml
from keras_ean.scheme import Scheme
from keras_ean.versions import versions

FORMAT = 2
"""Of the folder's layout, in versions.json; folders of version 0.1.0 before there were formats name none and are read
as 1, which has the same layout but nothing of the images."""
OF_IMAGES = ("images.json", "images.npy", "data.txt", "files.json")
BESIDE = (
    "config.yaml",
    "model.keras",
    "task.json",
    "versions.json",
    *OF_IMAGES,
    "speed.json",
    "compiled",
    "tensorboard",
)
"""What a run has before it has done anything."""


class RunFolder:
    """Knows the paths of a run's results, and writes the small ones whole or not at all.

    A result that exists is complete: files are written beside their place and moved there.

    Args:
        path: of the folder; made when missing.
        writes: False for the processes of a training that leave the writing to the first one.

    Example:
        >>> import tempfile
        >>> folder = RunFolder(tempfile.mkdtemp())
        >>> folder.write_scheme(Scheme("10 11"))
        >>> folder.scheme()
        Scheme('10 11')
    """

    def __init__(self, path: str | Path, writes: bool = True):
        self.path = Path(path)
        self.writes = writes
        if self.path.exists() and not self.path.is_dir():
            raise NotADirectoryError(f"A run needs a folder, but {self.path} is a file.")
        self.config_file = self.path / "config.yaml"
        self.versions_file = self.path / "versions.json"
        self.supernet_file = self.path / "supernet.keras"
        self.search_folder = self.path / "search"
        self.scheme_file = self.path / "scheme.json"
        self.exports = self.path / "exports"
        self.report = self.path / "report"
        self.logs = self.path / "tensorboard"

    def paths(self) -> dict[str, Path]:
        """Gives the paths of what the run has written so far, by what it is."""
        everything = {
            "supernet": self.supernet_file,
            "search": self.search_folder,
            "scheme": self.scheme_file,
            "networks": self.path / "networks",
            "exports": self.exports,
            "report": self.report,
            "TensorBoard": self.logs,
        }
        return {what: path for what, path in everything.items() if path.exists()}

    def network(self, name: str, seed: int) -> Path:
        """Gives the folder of one trained network."""
        return self.path / "networks" / f"{name}-{seed}"

    @property
    def compiled(self) -> Path:
        """This folder holds what XLA has compiled, with JAX on an accelerator."""
        return self.path / "compiled"

    def curve(self, name: str) -> Path:
        """File of the figures of every epoch of a training."""
        return self.path / "curves" / f"{name}.json"

    @property
    def begun(self) -> bool:
        """Says whether there is anything that another configuration would make differently."""
        return self.path.is_dir() and any(
            path.name not in BESIDE and not path.name.startswith(".") for path in self.path.iterdir()
        )

    def checkpoints(self, name: str) -> Path:
        """Gives the folder of a training that is under way."""
        return self.path / "checkpoints" / name

    def config(self) -> Config:
        """Reads the configuration of the run.

        Raises:
            FileNotFoundError: no run here.
            ValueError: a run of a later version.
        """
        if not self.config_file.is_file():
            raise FileNotFoundError(
                f"{self.path} holds no run (config.yaml is missing); start one with: keras-ean run CONFIG "
                f"--out {self.path}"
            )
        form = read_json(self.versions_file).get("format", 1) if self.versions_file.is_file() else 1
        if form > FORMAT:
            raise ValueError(
                f"{self.path} holds a run of format {form}, which a later version of keras_ean began; keras_ean "
                f"{__version__} knows formats up to {FORMAT}. Upgrade keras_ean, or start anew in another folder."
            )
        values = read_yaml(self.config_file.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError(f"{self.config_file} is empty or damaged: start anew in another folder.")
        return parse_config(from_1(values) if form == 1 else values, str(self.config_file))

    def open(self, config: Config) -> None:
        """Starts the run, or goes on with it. One that has nothing yet, such as a failed start, begins anew.

        Raises:
            ValueError: the folder holds a run of a later version, or with another configuration; the message shows the
                differences.
        """
        if self.config_file.is_file():
            own = self.config()
            differences = _differences(own.model_dump(mode="json"), config.model_dump(mode="json"))
            if not differences:
                return
            free = {"on_nan": config.on_nan, "seeds": config.seeds}
            if config.repeats >= own.repeats and own.model_copy(update=free) == config:
                self.write(self.config_file, config.yaml())  # What has been trained is a part of what is asked for.
                return
            if self.begun:
                raise ValueError(
                    f"{self.path} holds a run with another configuration; go on with its own, or choose another "
                    "folder with --out:\n" + "\n".join(f"  {line}" for line in differences)
                )
        if self.writes:
            for name in (*OF_IMAGES, "speed.json", "model.keras", "task.json"):
                (self.path / name).unlink(missing_ok=True)
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_json(self.versions_file, {"format": FORMAT, **versions(), "machine": machine()})
        self.write(self.config_file, config.yaml())

    def write(self, path: Path, text: str) -> None:
        """Writes a text file, whole or not at all."""
        if self.writes:
            files.write_text(path, text)

    def write_json(self, path: Path, value) -> None:
        self.write(path, json.dumps(value, indent=2) + "\n")

    def write_scheme(self, scheme: Scheme, **facts) -> None:
        self.write_json(self.scheme_file, {"scheme": str(scheme), "codes": scheme.codes, **facts})

    def scheme(self) -> Scheme:
        """Reads the scheme that the search found.

        Raises:
            FileNotFoundError: the search has not ended.
        """
        if not self.scheme_file.is_file():
            raise FileNotFoundError(f"{self.path} has no scheme yet; find one with: keras-ean search {self.path}")
        return Scheme(read_json(self.scheme_file)["scheme"])

    def save(self, model, path: Path) -> None:
        """Saves a Keras model as a .keras file, whole or not at all."""
        if self.writes:
            files.save_model(model, path)


def from_1(values: dict) -> dict:
    """The configuration of a run of format 1, whose networks were trained from scratch by a recipe's own epochs."""
    train = dict(values.get("train") or {})
    train.setdefault("epochs", None)
    if train["epochs"] is None and train.get("recipe") in recipes.available():
        train["epochs"] = recipes.get(train["recipe"]).epochs
    return {"start": "scratch", **values, "train": train}


def _differences(old: dict, new: dict, prefix: str = "") -> list[str]:
    lines = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            lines += _differences(before, after, f"{prefix}{key}.")
        elif before != after:
            lines.append(f"{prefix}{key}: {before!r} there, {after!r} asked for")
    return lines
