"""A run that is refused before it has begun leaves no folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_ean.run.folder import BESIDE, RunFolder
from keras_ean.run.lock import FILE as LOCK
from keras_ean.run.lock import check_free


@contextmanager
def left_as_it_was(folder: Path) -> Iterator[None]:
    """Removes what the block has put into a folder, and a new folder itself, if the block fails while neither it nor a
    folder in it holds anything of a run but what was asked for.

    Example:
        >>> with left_as_it_was(Path("no_such_folder")):
        ...     Path("no_such_folder/se").mkdir(parents=True)
        ...     raise ValueError("The images do not fit.")
        Traceback (most recent call last):
        ...
        ValueError: The images do not fit.
        >>> Path("no_such_folder").exists()
        False
    """
    before = {*folder.iterdir()} if folder.is_dir() else None
    try:
        yield
    except (ValueError, TypeError, ImportError, OSError):
        if folder.is_dir() and _free(folder) and not any(RunFolder(run).begun for run in runs(folder)):
            for path in {*folder.iterdir()} - (before or set()):
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name in {*BESIDE, LOCK}:  # What somebody else has put there meanwhile stays.
                    path.unlink()
            if before is None and not any(folder.iterdir()):
                folder.rmdir()
        raise


def _free(folder: Path) -> bool:
    """Whether no other process is beginning a run there."""
    try:
        check_free(folder)
    except BlockingIOError:
        return False
    return True


def runs(folder: Path) -> list[Path]:
    """The folder, if it holds a run, or those in it that each hold the run of a module."""
    return [folder] if RunFolder(folder).holds_run else [path for path in folder.iterdir() if path.is_dir()]
