"""The manifest of a run: every file that it has written, so that no other and no damaged one is taken for it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from keras_ean import files

FILE = "manifest.json"
FORMAT = 1
TEXTS = ("config.yaml", "versions.json")
"""What nothing can make again, and is therefore kept in the manifest as well."""
BEGIN = "begin"
"""The stage of what there is before anything is trained."""
FREE = ("seeds", "compare", "on_nan")
"""Keys of a configuration that may change while a run goes on: no result that is there depends on them."""
APART = ("tensorboard", "checkpoints", "compiled", "curves")
"""Folders of what is no result, or grows; checkpoints know themselves what they belong to."""


class Manifest:
    """Path, stage, settings, size and SHA-256 of all that a run has written, in `manifest.json`.

    A file is entered before it takes its place, so that a kill in between leaves the earlier one, which the entry
    remembers, or none. A search's store is not entered: it changes all the time, and seals its rows itself.

    Args:
        folder: The folder of the run.
        tell: A function that is called with a line of text where something was found damaged, or taken over from an
            earlier version.
        writes: Whether this process writes; of several processes one does.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> files.write_text(folder / "config.yaml", "seed: 0")
        >>> files.write_text(folder / "scheme.json", "10")
        >>> manifest = Manifest(folder)
        >>> manifest.enter(folder / "config.yaml")
        >>> manifest.enter(folder / "scheme.json")
        >>> manifest.fault(folder / "scheme.json"), manifest.fault(folder / "verdict.json")
        (None, 'is missing')
        >>> files.write_text(folder / "scheme.json", "11")
        >>> manifest.fault(folder / "scheme.json")
        'has other content than the run wrote'
    """

    def __init__(self, folder: Path, tell: Callable[[str], None] = files.tell, writes: bool = True):
        self.folder, self.file, self.tell, self.writes = folder, folder / FILE, tell, writes

    @property
    def settings(self) -> str:
        """Stands for the configuration of the run, but for what may change (`FREE`)."""
        return self._read()["settings"]

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """What is known of every file, by its path in the folder."""
        return self._read()["files"]

    def lists(self, path: Path) -> bool:
        """Whether the run has written this file, or files in this folder."""
        name = self._name(path)
        return any(each == name or each.startswith(f"{name}/") for each in self.entries)

    def enter(self, path: Path, source: Path | None = None) -> None:
        """Enters a file, or every file of a folder.

        Args:
            path: The place of the result, where it is or will be.
            source: The path at which it is now; None if it is at `path`.
        """
        source, state = source or path, self._read()
        before = {name: entry["sha256"] for name, entry in state["files"].items()}
        if source.is_dir():  # A folder is one result: nothing of an earlier one stays in it.
            state["files"] = {
                name: entry for name, entry in state["files"].items() if not name.startswith(f"{self._name(path)}/")
            }
        for each in results(source):
            self._enter(state, path / each.relative_to(source), each, before)
        self._write(state)

    def _enter(self, state: dict[str, Any], path: Path, source: Path, before: Mapping[str, str]) -> None:
        name, digest = self._name(path), files.digest(source)
        if before.get(name) != digest and not (name in before and _stage(name) == "report"):
            state["finished"] = []
        if name in TEXTS:
            state["texts"][name] = source.read_text(encoding="utf-8", errors="replace")
        if name == "config.yaml":  # Once for all: a later version may write the same configuration in other words.
            state["settings"] = state["settings"] or _settings(state["texts"][name])
        state["files"][name] = {
            "stage": _stage(name),
            "settings": state["settings"],
            "sha256": digest,
            "size": source.stat().st_size,
            "before": before.get(name),
        }

    def fault(self, path: Path) -> str | None:
        """What is wrong with a file, or with the first file that is not right in a folder, as the end of a sentence;
        None if it is as the run wrote it."""
        state, name = self._read(), self._name(path)
        inside = {each for each in state["files"] if each.startswith(f"{name}/")}
        if name in state["files"] or (not path.is_dir() and not inside):
            return self._fault(state, name)
        inside |= {self._name(each) for each in results(path)}
        for each in sorted(inside):
            if (fault := self._fault(state, each)) is not None:
                return f"is not whole: {each.removeprefix(f'{name}/')} {fault}"
        return None if inside else "is empty"

    def _fault(self, state: dict[str, Any], name: str) -> str | None:
        path, entry = self.folder / name, state["files"].get(name)
        if not path.is_file():
            return files.NO_FILE if path.exists() else "is missing"
        if entry is None:
            return "was not written by this run"
        if name not in TEXTS and entry["settings"] != state["settings"]:
            return "was made with other settings"
        size = path.stat().st_size
        if files.digest(path) in (entry["sha256"], entry["before"]):
            return None
        if size == 0:
            return "is empty"
        if size != entry["size"]:
            return f"has {size:,} bytes in place of {entry['size']:,}"
        return "has other content than the run wrote"

    def text(self, path: Path) -> str | None:
        """What a file of `TEXTS` held; None where there is no manifest yet."""
        return self._read()["texts"].get(self._name(path)) if self.file.is_file() else None

    def finish(self, asked: str) -> None:
        """Notes that nothing is left to do of what was asked for, until anything but a report becomes another."""
        state = self._read()
        state["finished"] = sorted({*state["finished"], "", asked})
        self._write(state)

    def finished(self, asked: str) -> bool:
        """Whether nothing was left to do of what is asked for (`keras_ean.run.finished.request`)."""
        return asked in self._read()["finished"]

    def forget(self) -> None:
        """Forgets all files, for a run that begins anew."""
        self.file.unlink(missing_ok=True)

    @property
    def own_fault(self) -> str | None:
        """What is wrong with the manifest itself, as the end of a sentence; None if nothing is."""
        if not self.file.is_file():
            return files.NO_FILE if self.file.exists() else "is missing"
        return "is damaged, or of another run" if self._own() is None else None

    def _own(self) -> dict[str, Any] | None:
        """What the manifest holds, if it is whole and of this run."""
        state = _sealed(self.file) if self.file.is_file() else None
        return None if state is None or self._foreign(state) else state

    def _read(self) -> dict[str, Any]:
        state = self._own()
        if state is None and self.file.exists() and self.writes:
            aside = files.set_aside(self.file)
            self.tell(f"{self.file} is damaged, or of another run: moved to {aside.name}.")
        return self._adopted() if state is None else state

    def _foreign(self, state: dict[str, Any]) -> bool:
        """Whether it knows neither the configuration nor most of the results. What a run begins with is no evidence:
        runs on the same images, or of the same given model, share it."""
        if self._fault(state, "config.yaml") is None:
            return False
        made = (name for name, entry in state["files"].items() if entry["stage"] != BEGIN)
        present = [name for name in made if (self.folder / name).is_file()]
        return sum(self._fault(state, name) is not None for name in present) > len(present) / 2

    def _adopted(self) -> dict[str, Any]:
        """A new manifest, which takes what there is as it is."""
        state: dict[str, Any] = {"format": FORMAT, "settings": "", "finished": [], "texts": {}, "files": {}}
        if not (self.folder / "config.yaml").is_file():
            return state
        found = [path for path in results(self.folder) if self._name(path).partition("/")[0] not in APART]
        for path in sorted(found, key=lambda path: path.name not in TEXTS):  # Settings come first.
            self._enter(state, path, path, {})
        if self.writes:
            self._write(state)
            self.tell(
                f"{self.folder} has no manifest, as runs of earlier versions: its {len(found)} files are taken as they "
                f"are, and changes are noticed from now on ({FILE})."
            )
        return state

    def _write(self, state: dict[str, Any]) -> None:
        files.write_json(self.file, {**state, "seal": seal(state)})

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def results(place: Path) -> Iterator[Path]:
    """The file itself, or the files of a folder that could be results: no hidden and no damaged ones, no store."""
    paths = [place] if place.is_file() else sorted(place.rglob("*"))
    for path in paths:
        inside = path.relative_to(place).parts
        apart = any(part.startswith(".") or files.DAMAGED in part for part in inside)
        if path.is_file() and not apart and path.name != FILE and ".sqlite" not in path.name:
            yield path


def _stage(name: str) -> str:
    first, _, rest = name.partition("/")
    known = {"supernet.keras": "pretrain", "scheme.json": "search", "verdict.json": "verdict", "exports": "export"}
    if first == "networks":
        return rest.partition("/")[0]
    return known.get(first, first if rest else BEGIN)


def _settings(config: str) -> str:
    """Stands for the configuration that results depend on."""
    try:
        values = dict(yaml.safe_load(config))
    except (yaml.YAMLError, TypeError, ValueError):  # What is wrong with it is told when it is read.
        return ""
    return seal({key: value for key, value in values.items() if key not in FREE})[:16]


def seal(value: Any) -> str:
    """SHA-256 of JSON values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _sealed(file: Path) -> dict[str, Any] | None:
    """What a manifest holds; None if it is not as it was written."""
    try:
        state = files.read_json(file)
        given = state.pop("seal")
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return None
    return state if given == seal(state) else None
