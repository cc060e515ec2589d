"""Images and labels in an .npz file."""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.data.image_data import ImageData
from keras_ean.data.options import DEFAULT, Options
from keras_ean.data.source_registry import register
from keras_ean.data.sources.arrays import from_arrays
from keras_ean.data.tree import SPLITS, SUFFIXES
from keras_ean.npz import read_npz

IMAGE_KEYS = {"x", "image", "images"}
LABEL_KEYS = {"y", "label", "labels"}


def is_file(source: Any) -> bool:
    """Whether `source` is the path of a file."""
    return isinstance(source, str | os.PathLike) and Path(source).is_file()


@register("file", is_file)
def load_npz(
    path: str | Path,
    class_names: Sequence[str] | None = None,
    options: Options = DEFAULT,
) -> ImageData:
    """Loads an .npz file with the arrays x and y, or x_train, y_train, x_test and y_test; "images" and "labels", and
    "val", are understood too.

    Args:
        path: The .npz file to read.
        class_names: The names of the classes, if the labels are 0 … classes − 1; None takes the distinct labels.
        options: What is held out, the size, and whether images are normalised.

    Raises:
        ValueError: The file is no .npz file, holds pickled objects, no images with labels or two arrays for the same,
            or its arrays are refused by `from_arrays`.
    """
    found: dict[str, dict[str, np.ndarray]] = {}
    taken: dict[tuple[str, str], str] = {}
    if _holds_photographs(path):
        raise ValueError(
            f"{path} is no .npz file of plain arrays: it holds image files; unpack it, and give the "
            "folder with the classes."
        )
    content = read_npz(path)
    for key, values in content.items():
        tokens = key.lower().split("_")
        kind = "x" if IMAGE_KEYS & set(tokens) else "y" if LABEL_KEYS & set(tokens) else None
        splits = [SPLITS[token] for token in tokens if token in SPLITS]
        if kind is None:
            continue
        split = splits[0] if splits else "train"
        if (other := taken.setdefault((split, kind), key)) != key:
            what = "images" if kind == "x" else "labels"
            raise ValueError(f"{path} has two arrays of {what} for {split}, {other} and {key}: leave one out.")
        found.setdefault(split, {})[kind] = values
    keys = ", ".join([*content][:10]) + (f" and {len(content) - 10} more" * (len(content) > 10))
    if "train" not in found or any(pair.keys() != {"x", "y"} for pair in found.values()):
        raise ValueError(
            f"{path} needs the arrays x and y, or x_train, y_train, x_test, y_test; it has {keys or 'none'}."
        )
    pairs = {split: (pair["x"], pair["y"]) for split, pair in found.items()}
    return from_arrays(pairs, class_names, options, Path(path).name)


def _holds_photographs(path: str | Path) -> bool:
    """Whether a file is an archive of image files; what is wrong with a damaged one is told when it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(Path(name).suffix.lower() in SUFFIXES for name in archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False
