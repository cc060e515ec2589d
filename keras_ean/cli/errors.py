"""What a command says of an error."""

import errno
import tempfile
import traceback
from pathlib import Path

EXPECTED = (ValueError, OSError, ImportError)
"""What the library raises for what a user can put right, with a message that says how."""
PACKAGE = str(Path(__file__).parents[1])
WORDS = {
    errno.ENOENT: "there is no such file or folder.",
    errno.ENOTDIR: "a part of this path is a file, and no folder. Choose another path.",
    errno.EISDIR: "this is a folder, where a file is needed.",
    errno.EACCES: "you are not allowed to read or write this. Change its permissions, or choose another path.",
    errno.EPERM: "you are not allowed to do this here. Change the permissions, or choose another path.",
    errno.EROFS: "nothing can be written here, where the file system is read-only. Choose another path.",
    errno.ELOOP: "this is a link that leads back to itself. Choose another path.",
    errno.ENAMETOOLONG: "this name is too long for the file system. Choose a shorter one.",
    errno.EIO: "the device failed to read or write this. Copy what you can, and check the disk.",
}
"""What is wrong with a path, for the operating system's numbers of errors."""
TOO_LARGE = ("MemoryError", "ResourceExhaustedError", "_ArrayMemoryError", "OutOfMemoryError")
"""Errors of Python, TensorFlow, NumPy and PyTorch where memory is at its end; JAX's has a name for all its errors."""

debugging = False
"""Whether errors are shown with where they come from (`--debug`)."""


def told(error: Exception) -> str:
    """The message of an error; of one that nobody foresaw also that it is one, and where its traceback is kept."""
    text = str(error).strip() or type(error).__name__
    if isinstance(error, OSError) and error.filename is not None and error.errno in WORDS:
        return f"{error.filename}: {WORDS[error.errno]}"
    if isinstance(error, EXPECTED) or (isinstance(error, RuntimeError) and _ours(error)):
        return text
    if type(error).__name__ in TOO_LARGE or "RESOURCE_EXHAUSTED" in text:
        return (
            f"this machine has too little memory ({text.splitlines()[0]:.200}): take a smaller batch_size, narrower or "
            "fewer blocks (backbone), or smaller images (data.size). What is finished is kept."
        )
    with tempfile.NamedTemporaryFile("w", prefix="keras-ean-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)))
    return (
        f"an error that nobody has foreseen, {type(error).__name__}: {text.splitlines()[0]} Where it comes from is in "
        f"{log.name}; please report it with that file. What is finished is kept, and the same command goes on."
    )


def _ours(error: Exception) -> bool:
    """Whether the package itself has raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename.startswith(PACKAGE)
