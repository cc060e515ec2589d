"""A store that was found whole, and has not changed since, need not be looked through again: of a million evaluations
that would take a minute, and its digest a second."""

from contextlib import suppress
from pathlib import Path

from keras_ean import files


def unchanged(file: Path) -> bool:
    """Whether a store's file is as it was when `note` was called last, and nothing is written beside it."""
    try:
        noted = _noted(file)
        return not _beside(file) and noted.is_file() and noted.read_text(encoding="ascii") == files.digest(file)
    except (OSError, UnicodeDecodeError):
        return False


def note(file: Path) -> None:
    """Notes the digest of a store's file that is known to be whole, unless a process is writing to it."""
    with suppress(OSError):  # A folder that may only be read, or a full disk: it is looked through again then.
        if not _beside(file):
            files.write_text(_noted(file), files.digest(file))


def _noted(file: Path) -> Path:
    return file.with_name(f"{file.name}.checked")


def _beside(file: Path) -> bool:
    """Whether SQLite keeps changes beside the file, which are not in it yet."""
    beside = file.with_name(f"{file.name}-wal")
    return beside.exists() and beside.stat().st_size > 0
