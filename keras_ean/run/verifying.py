"""Looking through a whole run for what is damaged, without touching anything, and without Keras."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keras_ean import files
from keras_ean.run import receipts, searched
from keras_ean.run.manifest import Manifest
from keras_ean.run.no_run import holds_run, no_run

EXPORTED = "exported"
"""What stands for the phase of a file that the command `export` has written, which no run makes again."""


@dataclass(frozen=True)
class Verified:
    """A file of a run that was looked at.

    Attributes:
        name: The path of the file in the run.
        stage: The phase that wrote it.
        size: The size in bytes; None where the file is missing.
        fault: What is wrong, as the end of a sentence; None if nothing is.
    """

    name: str
    stage: str
    size: int | None
    fault: str | None

    @classmethod
    def of(cls, folder: Path, path: Path, stage: str, fault: str | None) -> "Verified":
        return cls(path.relative_to(folder).as_posix(), stage, path.stat().st_size if path.is_file() else None, fault)


def verify(folder: Path) -> list[Verified]:
    """Everything that a run has written, its searches and its checkpoints, and what was exported from it since.

    Raises:
        FileNotFoundError: The folder holds no run.
    """
    manifest = Manifest(folder, lambda line: None, writes=False)
    if not holds_run(folder):
        raise FileNotFoundError(no_run(folder))
    return list(_all(folder, manifest))


def _all(folder: Path, manifest: Manifest) -> Iterator[Verified]:
    yield Verified.of(folder, manifest.file, "run", manifest.own_fault)
    others = dict(receipts.faults(folder))
    entries = manifest.entries
    for name, entry in sorted(entries.items()):
        path = folder / name
        yield Verified.of(folder, path, entry["stage"], manifest.fault(path) or others.get(path))
    for path, fault in receipts.exported(folder):  # What the command `export` has added.
        if path.relative_to(folder).as_posix() not in entries:
            yield Verified.of(folder, path, EXPORTED, fault)
    for path, fault in searched.stores(folder):
        yield Verified.of(folder, path, path.parent.name, fault)
    for path in sorted(folder.glob("checkpoints/*/*.npz")):
        yield Verified.of(folder, path, path.parent.name, _archive_fault(path))


def _archive_fault(path: Path) -> str | None:
    if not path.is_file():
        return files.NO_FILE
    try:
        with zipfile.ZipFile(path) as archive:
            return None if archive.testzip() is None else "is damaged"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "is damaged"
