"""The run folder: everything about a run in one place, written so that a kill at any instant leaves it whole."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from keras_ean import __version__, files
from keras_ean.files import read_json, read_object
from keras_ean.run.config import Config
from keras_ean.run.config_file import parse_config
from keras_ean.run.kept_config import differences, from_1
from keras_ean.run.lock import held
from keras_ean.run.machine import machine
from keras_ean.run.manifest import FILE, FREE, Manifest
from keras_ean.run.model_source import GIVEN_IMAGES
from keras_ean.run.no_run import no_run
from keras_ean.run.yaml_text import read_yaml
from keras_ean.scheme import Scheme
from keras_ean.versions import versions

FORMAT = 2
"""Of the folder's layout, in versions.json; folders of version 0.1.0 before there were formats name none and are read
as 1, which has the same layout but nothing of the images."""
OF_IMAGES = ("images.json", "images.npy", "subjects.npy", "data.txt", "files.json")
OF_MODEL = ("model.keras", "model.json", "task.json")
BESIDE = {"config.yaml", *OF_MODEL, "versions.json", *OF_IMAGES, "speed.json", "compiled", FILE}
BESIDE |= {"tensorboard", "tensorboard-trials"}
"""What a run has before it has done anything."""


class RunFolder:
    """Knows the paths of a run's results, and is the one place where these are written and looked at.

    Results are written beside their place, entered into the manifest, and moved there. One that is not as it was
    written is never taken: `whole` moves it aside, and the phase makes it again.

    Args:
        path: The path of the folder; it is made once there is something to write.
        writes: Whether this process writes; of several processes that train together only the first one does.
        tell: A function that is called with a line of text where something was found damaged.

    Raises:
        NotADirectoryError: The path is that of a file.

    Example:
        >>> import tempfile
        >>> folder = RunFolder(tempfile.mkdtemp())
        >>> folder.write_scheme(Scheme("10 11"))
        >>> folder.scheme()
        Scheme('10 11')
    """

    def __init__(self, path: str | Path, writes: bool = True, tell: Callable[[str], None] = files.tell):
        self.path = Path(path)
        self.writes, self.tell = writes, tell
        self.manifest = Manifest(self.path, tell, writes)
        self._told: set[Path] = set()
        self._opened = False
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
        """Gives the paths of what the run has written so far, by names such as "supernet", "networks" and "report"."""
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
        """Gives the path of the folder of a network, by its `name` and the number `seed` of its training, from 0 on."""
        return self.path / "networks" / f"{name}-{seed}"

    @property
    def compiled(self) -> Path:
        """This is the path of the folder that keeps what XLA has compiled, with JAX on an accelerator."""
        return self.path / "compiled"

    def curve(self, name: str) -> Path:
        """Gives the path of the file of the losses and metrics of a training, by its `name`, such as "found-0"."""
        return self.path / "curves" / f"{name}.json"

    @property
    def begun(self) -> bool:
        """Says whether the run has any result, which another configuration would make differently."""
        return self.path.is_dir() and any(
            path.name not in BESIDE and not path.name.startswith(".") and files.DAMAGED not in path.name
            for path in self.path.iterdir()
        )

    @property
    def holds_run(self) -> bool:
        """Says whether the folder holds a run, even one whose configuration is damaged or lost."""
        return self.config_file.is_file() or self.manifest.text(self.config_file) is not None

    def checkpoints(self, name: str) -> Path:
        """Gives the path of the folder of the checkpoints of a training, by its `name`, such as "found-0"."""
        return self.path / "checkpoints" / name

    def config(self) -> Config:
        """Reads the configuration of the run.

        Raises:
            FileNotFoundError: The folder holds no run.
            ValueError: A later version began the run, or its configuration is damaged.
        """
        self._mend(self.config_file)
        self._mend(self.versions_file)
        if not self.config_file.is_file():
            raise FileNotFoundError(no_run(self.path))
        form = read_object(self.versions_file).get("format", 1) if self.versions_file.is_file() else 1
        if form > FORMAT:
            raise ValueError(
                f"{self.path} holds a run of format {form}, which a later version of keras_ean began; keras_ean "
                f"{__version__} knows formats up to {FORMAT}. Upgrade keras_ean, or start anew in another folder."
            )
        values = read_yaml(self.config_file.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError(f"{self.config_file} is empty or damaged: start anew in another folder.")
        return parse_config(from_1(values) if form == 1 else values, str(self.config_file))

    def open(self, config: Config) -> Config:
        """Starts the run of a `config` in the folder, or goes on with it; one that has no result yet begins anew.

        Returns:
            The configuration, with what the run has come to compare by itself.

        Raises:
            ValueError: The folder holds a run of a later version, or one with another configuration; the message shows
                the differences.
        """
        config = self._open(config)
        self._opened = True
        return config

    def _open(self, config: Config) -> Config:
        if self.holds_run:
            own = self.config()
            if config.compare is None:
                config = config.model_copy(update={"compare": own.compare})
            changes = differences(own.model_dump(mode="json"), config.model_dump(mode="json"))
            if not changes:
                return config
            free = {key: getattr(config, key) for key in FREE}
            if config.repeats >= own.repeats and own.model_copy(update=free) == config:
                self.write(self.config_file, config.yaml())  # What has been trained is a part of what is asked for.
                return config
            if self.begun:
                self._check_given(own, config)
                raise ValueError(
                    f"{self.path} holds a run with another configuration; go on with its own by keras-ean run --out "
                    f"{self.path}, or choose another folder:\n" + "\n".join(f"  {line}" for line in changes)
                )
        self._opened = False
        if self.writes:
            self.manifest.forget()
            for name in ("config.yaml", "versions.json", *OF_IMAGES, *OF_MODEL, "speed.json"):
                (self.path / name).unlink(missing_ok=True)
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_json(self.versions_file, {"format": FORMAT, **versions(), "machine": machine()})
        self.write(self.config_file, config.yaml())
        return config

    def _check_given(self, own: Config, config: Config) -> None:
        """ValueError where both are of images that were given in Python, and these are not the same."""
        if own.data.name == config.data.name == GIVEN_IMAGES and own.data != config.data:
            changed = [name for name, digest in own.data.options.items() if config.data.options.get(name) != digest]
            raise ValueError(
                f"The {' and '.join(changed)} images are other ones than those that the run in {self.path} began with. "
                "Their order is of no matter; but a data set that changes images at random gives others whenever it is "
                "read: leave that to layers in the model. Or choose another folder."
            )

    def _mend(self, path: Path) -> None:
        """Writes a file that nothing can make again anew, as the manifest has it, if it is not as it was."""
        text = self.manifest.text(path)
        if text is not None and not self.whole(path):
            self.write(path, text)

    def whole(self, path: Path) -> bool:
        """Says whether the file or folder `path` is as the run wrote it; one that is not is moved aside with a line."""
        fault = self.manifest.fault(path)
        if not self.writes or fault is None:
            return path.exists()
        if not path.exists():
            if self.manifest.lists(path):
                self._tell_once(path, f"{path} {fault}; it is made again where it is needed.")
            return False
        with self.held():
            fault = self.manifest.fault(path)  # As another process may have left it.
            if fault is not None and path.exists():
                self.set_aside(path, fault)
        return fault is None

    def set_aside(self, path: Path, fault: str) -> None:
        """Moves a result aside that is not to be taken, and tells the user.

        Args:
            path: The file or folder of the result.
            fault: What is wrong with it, as the end of a sentence on the path, such as "is damaged".
        """
        with self.held():
            aside = files.set_aside(path)
            self._tell_once(path, f"{path} {fault}: moved to {aside.name}; it is made again where it is needed.")

    def _tell_once(self, path: Path, line: str) -> None:
        if path not in self._told:
            self._told.add(path)
            self.tell(line)

    def held(self) -> AbstractContextManager[None]:
        """Makes a context that keeps other processes from writing to the folder; BlockingIOError if one is at it."""
        return held(self.path) if self.writes else nullcontext()

    @contextmanager
    def keeping(self, path: Path) -> Iterator[Path]:
        """Gives a path to write a result to, which is moved to `path` and entered into the manifest if all goes well.

        Raises:
            FileNotFoundError: The run has vanished since it was opened.
        """
        if self._opened and not self.config_file.is_file() and not self.manifest.file.is_file():
            raise FileNotFoundError(
                f"The run in {self.path} is gone: what belongs to it cannot be kept there any more."
            )
        if path.is_dir():
            self.set_aside(path, files.NO_FILE)
        with self.held(), files.staging(path) as staged:
            yield staged
            self.take(staged, path)

    def take(self, source: Path, path: Path, replaces: Callable[[Path], bool] = files.never) -> None:
        """Puts a result in its place, which it is known to belong to before it is there.

        Args:
            source: Where it was written.
            path: Its place.
            replaces: Whether a folder that is there may be replaced.
        """
        with self.held():
            self.manifest.enter(path, source)
            files.move(source, path, replaces)

    def enter(self, path: Path) -> None:
        """Enters into the manifest what others have written to `path`, such as an export."""
        if self.writes:
            with self.held():
                self.manifest.enter(path)

    def write(self, path: Path, text: str) -> None:
        """Writes a `text` to the file `path`, in UTF-8, whole or not at all, and enters it into the manifest."""
        if self.writes:
            with self.keeping(path) as staged:
                staged.write_text(text, encoding="utf-8")

    def write_json(self, path: Path, value) -> None:
        """Writes a `value` to the file `path` as JSON, whole or not at all, and enters it into the manifest."""
        self.write(path, json.dumps(value, indent=2) + "\n")

    def write_scheme(self, scheme: Scheme, place: Path | None = None, **facts) -> None:
        """Writes the `scheme` that a search named, with further `facts`; that of a rival to a `place` of its own."""
        self.write_json(place or self.scheme_file, {"scheme": str(scheme), "codes": scheme.codes, **facts})

    def json(self, path: Path) -> Any:
        """Reads the value in the JSON file `path` of the run; None if the file is not there, or not whole."""
        return read_json(path) if self.whole(path) else None

    def scheme(self, place: Path | None = None) -> Scheme:
        """Reads the scheme that the search has named; that of a rival from a `place` of its own.

        Raises:
            FileNotFoundError: The search has not ended.
        """
        facts = self.json(place or self.scheme_file)
        if facts is None:
            raise FileNotFoundError(f"{self.path} has no scheme yet; find one with: keras-ean search {self.path}")
        return Scheme(facts["scheme"])

    def save(self, model, path: Path) -> None:
        """Saves a Keras `model` as the .keras file `path`, whole or not at all, and enters it into the manifest."""
        if self.writes:
            with self.keeping(path) as staged:
                model.save(staged)
