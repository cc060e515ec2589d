"""One call for every kind of data."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_ean.data import sources
from keras_ean.data.image_data import ImageData


def available() -> list[str]:
    """Lists the names of the data sets that need no download."""
    return sorted(name for name, loader in sources.LOADERS.items() if loader.accepts is None)


def load(source: Any, **options) -> ImageData:
    """Loads train, search-validation and test splits of a data set.

    Args:
        source: "digits", or another name of `available()`; a folder, root/split/class/… or root/class/…; an .npz file;
            a name of TFDS; arrays (x, y), ((x, y), (x, y)) or {"train": (x, y), …}; a `tf.data.Dataset` or
            {"train": dataset, …}; or what a source of your own accepts (`keras_ean.data.register`).
        **options: `Options`, and those of the source: `light`, `draws` … for digits; `class_names` for arrays, .npz and
            datasets; `data_dir` and `download` for TFDS.

    Raises:
        FileNotFoundError: Nothing there, and no download allowed.
        ImportError: TFDS without TensorFlow.
        TypeError: A source of another kind.
        ValueError: An unknown name or option; data that cannot be used, with the reason.

    Example:
        >>> data = load("digits", light=True, seed=1)
        >>> data.classes, data.shape
        (10, (8, 8, 1))
    """
    return prepare(source, **options)()


def prepare(source: Any, /, **options) -> Callable[[], ImageData]:
    """Makes of `load` a call for later; names and options are checked now.

    Args:
        source: What `load` takes.
        **options: What `load` takes.

    Raises:
        FileNotFoundError, TypeError, ValueError: As `load`.
    """
    if isinstance(source, str | os.PathLike) and str(source).startswith("~"):
        source = Path(source).expanduser()
    loader = sources.find(source)
    if loader is not None:
        return loader.prepare(source, options)
    if isinstance(source, str | os.PathLike):
        raise FileNotFoundError(f"There is no folder or file {Path(source).absolute()}.")
    raise TypeError(
        f"Data is a name, a path, arrays or a tf.data.Dataset, not {type(source).__name__}; see keras_ean.data.load."
    )
