"""Files and folders that are whole or not there: written beside their place and moved into it.

What is moved is on the disk by then, so that neither a kill nor a loss of power leaves half of it.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from keras_ean.escaping import terminal

PARTIAL, DAMAGED = ".partial", ".damaged-"
"""Ends of the names of what is being written, and, with a number, of what was moved aside."""
NO_FILE = "is no file, but a folder, a pipe or the like"
"""What is wrong with something in the place of a file, as the end of a sentence."""


def never(folder: Path) -> bool:
    """No folder with content may be replaced."""
    return False


@contextmanager
def staging(target: Path, replaces: Callable[[Path], bool] = never) -> Iterator[Path]:
    """A path to write to, on the target's file system, that is gone after the block whatever happens.

    Args:
        target: The path to which `move` will bring what is written; its folder is made.
        replaces: Tells whether a folder with content at `target` may be replaced; by default none may.

    Raises:
        FileExistsError: There is a folder with other content at `target`; this is told before anything is written.
    """
    check_replaceable(target, replaces)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", suffix=PARTIAL, dir=target.parent) as folder:
        yield Path(folder) / target.name


def move(source: Path, target: Path, replaces: Callable[[Path], bool] = never) -> None:
    """Puts a complete file or folder of the same file system in the target's place.

    Args:
        source: The file or folder that was written to a `staging` path.
        target: The path to move it to; an earlier file or an empty folder there is replaced.
        replaces: Tells whether a folder with content at `target` may be replaced; by default none may.

    Raises:
        FileExistsError: There is a folder with other content at `target`.
    """
    check_replaceable(target, replaces)
    _sync(source)
    if target.is_dir():
        old = source.with_name(f"{source.name}.old")
        target.replace(old)
        try:
            source.replace(target)
        except OSError:
            old.replace(target)
            raise
        shutil.rmtree(old)
    else:
        source.replace(target)
    _sync_one(target.parent)


def check_replaceable(target: Path, replaces: Callable[[Path], bool]) -> None:
    """FileExistsError if there is a folder at `target` that holds anything, and that `replaces` does not allow."""
    if target.is_dir() and any(target.iterdir()) and not replaces(target):
        raise FileExistsError(
            f"{target} is a folder with other content, which would be deleted. Choose a new path, for example "
            f"{target / 'new'}."
        )


@contextmanager
def replacing(target: str | Path) -> Iterator[Path]:
    """A path to write a file to, with the target's name; it takes the target's place if the block ends well.

    Example:
        >>> target = Path(tempfile.mkdtemp()) / "new" / "numbers.txt"
        >>> with replacing(target) as path:
        ...     _ = path.write_text("1 2 3")
        >>> target.read_text()
        '1 2 3'
    """
    with staging(Path(target)) as staged:
        yield staged
        move(staged, Path(target))


def tell(line: str) -> None:
    """Says what has become of a file, beside a command's own output."""
    print(terminal(line), file=sys.stderr)


def set_aside(path: Path) -> Path:
    """Renames what is damaged or not known, so that it is kept and no longer taken; returns its new place.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
        >>> write_text(path, "1 2")
        >>> set_aside(path).name
        'numbers.txt.damaged-1'
    """
    number = 1
    while (place := path.with_name(f"{path.name}{DAMAGED}{number}")).exists():
        number += 1
    path.rename(place)
    return place


def sweep(folder: Path) -> None:
    """Removes what `staging` has left below a folder when its process was killed; nobody may be writing there."""
    for leftover in [*folder.rglob(f".*{PARTIAL}")]:
        shutil.rmtree(leftover, ignore_errors=True)


def write_text(path: str | Path, text: str) -> None:
    """Writes a text file in UTF-8."""
    with replacing(path) as staged:
        staged.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Writes a JSON file, indented."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def read_json(path: str | Path) -> Any:
    """Reads a JSON file, in UTF-8, and gives its value.

    Args:
        path: The file to read.

    Raises:
        ValueError: The file is no JSON, or no file at all, such as a pipe, which would be waited for.
    """
    if Path(path).exists() and not Path(path).is_file():
        raise ValueError(f"{path} {NO_FILE}.")
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError(f"{path} is no JSON that was written here: it is nested too deeply.") from error


def read_object(path: str | Path) -> dict[str, Any]:
    """Reads a JSON file that holds an object.

    Args:
        path: The file to read.

    Raises:
        ValueError: The file is no JSON, or holds something else.
    """
    if not isinstance(found := read_json(path), dict):
        raise ValueError(f"{path} is damaged: it has {found!r:.40} in place of an object of JSON.")
    return found


def save_model(model, path: str | Path) -> None:
    """Saves a Keras model as a .keras file."""
    with replacing(path) as staged:
        model.save(staged)


def digest(path: Path) -> str:
    """SHA-256 of a file, read once in a process unless it changes."""
    facts = path.stat()
    return _digest(path, facts.st_mtime_ns, facts.st_ino, facts.st_size)


@lru_cache(maxsize=10_000)
def _digest(path: Path, modified: int, inode: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    for inner in path.rglob("*") if path.is_dir() else ():
        _sync_one(inner)
    _sync_one(path)


def _sync_one(path: Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
