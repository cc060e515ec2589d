"""What is wrong with a run's disk, in words."""

import errno
import shutil
from pathlib import Path

from keras_ean.run.no_run import holds_run

FULL = ("No space left", "disk is full", " requested and ")
"""In messages of libraries that keep the error's number to themselves: HDF5, TensorFlow, SQLite, and NumPy, which says
how many bytes were requested and how many written."""

LITTLE = 1 << 20
"""Bytes: with less room than that, what SQLite calls an I/O error is a full disk."""


def disk_trouble(error: Exception, folder: Path, there: bool = True) -> str | None:
    """The cause of an error, if it is the disk that a run is on, as a sentence without its full stop; else None.

    Args:
        error: The error that was raised.
        folder: The folder of the run.
        there: Whether it was there before; what is being written may have made its folder anew.

    Example:
        >>> disk_trouble(OSError(errno.ENOSPC, "No space left on device"), Path("runs/mine"))
        'The disk of runs/mine is full: make room'
    """
    number, text = getattr(error, "errno", None), str(error)
    full = number in (errno.ENOSPC, errno.EDQUOT) or any(words in text for words in FULL)
    if full or ("disk I/O error" in text and shutil.disk_usage(folder).free < LITTLE):
        return f"The disk of {folder} is full: make room"
    if there and not holds_run(folder):  # What a fresh process missed, it tells in its own words.
        return f"{folder} is gone: bring it back"
    within = str(getattr(error, "filename", None) or "").startswith(str(folder))
    if (within and number in (errno.EROFS, errno.EACCES, errno.EPERM)) or "readonly database" in text:
        return f"{folder} cannot be written to: allow it"
    return None
