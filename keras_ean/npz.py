"""Arrays from .npz files that may be anybody's: broken, of other content, or small files that fill the memory."""

import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError

import numpy as np

RATIO, ALLOWED = 100, 64 << 20
"""Times its size that a file may expand to, unless that is few bytes: images and weights compress tenfold at most."""

DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    MemoryError,
    OverflowError,
    SyntaxError,
    TokenError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
)
"""What zip files and the headers of arrays end in that are damaged."""


def read_npz(path: str | Path) -> dict[str, np.ndarray]:
    """All arrays of a file by their names; no pickled code is run.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no .npz file of plain arrays, is damaged, or says of itself that it expands to more than
            `RATIO` times its size.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no zip archive")
        with zipfile.ZipFile(path) as archive:
            size, expanded = path.stat().st_size, sum(entry.file_size for entry in archive.infolist())
        if expanded > max(ALLOWED, RATIO * size):
            raise ValueError(
                f"its {size / 1e6:.1f} MB would expand to {expanded / 1e6:,.0f} MB; if that is right, save the arrays "
                "with np.savez, which does not compress"
            )
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    except DAMAGED as error:
        raise ValueError(f"{path} is no .npz file of plain arrays: {error}") from error
