"""One call for every kind of data."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_ean.data import sources
from keras_ean.data.image_data import ImageData
from keras_ean.data.source_registry import Loader


def available() -> list[str]:
    """Lists the names of the data sets that `load` knows and that need no download."""
    return sorted(name for name, loader in sources.LOADERS.items() if loader.accepts is None)


def load(source: Any, **options) -> ImageData:
    """Loads a data set as three splits: images to train on, images to score schemes on in the search, and images to
    test on.

    Args:
        source: A name of `available()`, such as "digits"; a folder, root/split/class/… or root/class/…; an .npz file; a
            name of TensorFlow Datasets (TFDS); arrays (x, y), ((x, y), (x, y)) or {"train": (x, y), …}; a
            `tf.data.Dataset` or {"train": dataset, …}; or what a source of your own accepts
            (`keras_ean.data.register`).
        **options: The fields of `Options`, and the options of the source: for example `light` and `draws` for digits,
            `class_names` for arrays, .npz files and datasets, `data_dir` and `download` for TFDS.

    Raises:
        FileNotFoundError: There is no such file or folder, or a data set of TFDS is not there and its download is not
            allowed.
        ImportError: The source needs a package that is not installed, such as TensorFlow for TFDS.
        TypeError: `source` is of another kind.
        ValueError: A name or option is not known, or the data cannot be used; the message says why.

    Example:
        >>> data = load("digits", light=True, seed=1)
        >>> data.classes, data.shape
        (10, (8, 8, 1))
    """
    return prepare(source, **options)()


def prepare(source: Any, /, **options) -> Callable[[], ImageData]:
    """Checks the arguments of `load` without reading the data, and gives a function without arguments that loads it.

    Args:
        source: The source, as `load` takes it.
        **options: The options, as `load` takes them.

    Raises:
        FileNotFoundError, TypeError, ValueError: The arguments are wrong in a way that `load` refuses and that can be
            told before anything is read.
    """
    source, loader = _found(source)
    if loader is not None:
        return loader.prepare(source, options)
    if isinstance(source, str | os.PathLike):
        raise FileNotFoundError(f"There is no folder or file {Path(source).absolute()}.")
    raise TypeError(
        f"Data is a name, a path, arrays or a tf.data.Dataset, not {type(source).__name__}; see keras_ean.data.load."
    )


def options_of(source: Any) -> set[str]:
    """The names of the options that `load` takes for a source; none if there is no such source.

    Example:
        >>> "light" in options_of("digits"), "size" in options_of("digits")
        (True, False)
    """
    loader = _found(source)[1]
    return set() if loader is None else set().union(*loader.options)


def _found(source: Any) -> tuple[Any, Loader | None]:
    """The source, with the user's home in place of ~, and what loads it."""
    if isinstance(source, str | os.PathLike) and str(source).startswith("~"):
        source = Path(source).expanduser()
    return source, sources.find(source)
