"""The run folder: everything about a run in one place, written so that a kill at any instant leaves it whole."""

import json
from pathlib import Path

import yaml

from keras_ean import files
from keras_ean.files import read_json
from keras_ean.run.config import Config, parse_config
from keras_ean.scheme import Scheme
from keras_ean.versions import versions


class RunFolder:
    """Paths of a run's results, and atomic writing of the small ones.

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
        self.supernet_file = self.path / "supernet.keras"
        self.search_folder = self.path / "search"
        self.scheme_file = self.path / "scheme.json"
        self.exports = self.path / "exports"
        self.report = self.path / "report"
        self.logs = self.path / "tensorboard"

    def network(self, name: str, seed: int) -> Path:
        """Folder of one trained network."""
        return self.path / "networks" / f"{name}-{seed}"

    @property
    def compiled(self) -> Path:
        """Folder of what XLA has compiled, with JAX on an accelerator."""
        return self.path / "compiled"

    def checkpoints(self, name: str) -> Path:
        """Folder of a training that is under way."""
        return self.path / "checkpoints" / name

    def config(self) -> Config:
        """The configuration of the run.

        Raises:
            FileNotFoundError: no run here.
        """
        if not self.config_file.is_file():
            raise FileNotFoundError(f"{self.path} holds no run (config.yaml is missing); start one with: keras-ean run")
        return parse_config(yaml.safe_load(self.config_file.read_text(encoding="utf-8")), str(self.config_file))

    def open(self, config: Config) -> None:
        """Starts the run, or goes on with it.

        Raises:
            ValueError: the folder holds a run with another configuration; the message shows the differences.
        """
        if self.config_file.is_file():
            differences = _differences(self.config().model_dump(mode="json"), config.model_dump(mode="json"))
            if differences:
                raise ValueError(
                    f"{self.path} holds a run with another configuration; go on with its own, or choose another "
                    "folder with --out:\n" + "\n".join(f"  {line}" for line in differences)
                )
            return
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_json(self.path / "versions.json", versions())
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
        """The scheme that the search found.

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


def _differences(old: dict, new: dict, prefix: str = "") -> list[str]:
    lines = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            lines += _differences(before, after, f"{prefix}{key}.")
        elif before != after:
            lines.append(f"{prefix}{key}: {before!r} there, {after!r} asked for")
    return lines
