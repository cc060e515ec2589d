"""Writes beside the target and moves into place when complete."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A path to write to, on the target's file system, that is gone after the block whatever happens.

    Raises:
        FileExistsError: the target is a folder with other content than a SavedModel.
    """
    check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", suffix=".partial", dir=target.parent) as folder:
        yield Path(folder) / target.name


def move(source: Path, target: Path) -> None:
    """Puts a complete file or folder in the target's place; an earlier export there is replaced."""
    check_replaceable(target)
    if not target.is_dir():
        source.replace(target)
        return
    old = source.with_name(f"{source.name}.old")
    target.replace(old)
    try:
        source.replace(target)
    except OSError:
        old.replace(target)
        raise
    shutil.rmtree(old)


def check_replaceable(target: Path) -> None:
    """FileExistsError if a folder at `target` holds anything but an earlier SavedModel."""
    if target.is_dir() and any(target.iterdir()) and not (target / "saved_model.pb").exists():
        raise FileExistsError(
            f"{target} is a folder with other content, which an export would delete. Export to a new path, "
            f"for example {target / 'exported'}."
        )
