"""One call for every kind of data."""

import dataclasses
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from keras_ean.data.arrays import load_arrays, load_npz
from keras_ean.data.dataset import is_dataset, load_dataset
from keras_ean.data.digits import load_digits
from keras_ean.data.folder import load_folder
from keras_ean.data.image_data import ImageData
from keras_ean.data.options import Options
from keras_ean.data.tfds import find_builder, load_tfds
from keras_ean.registry import unknown

BUNDLED: dict[str, Callable[..., ImageData]] = {"digits": load_digits}


def available() -> list[str]:
    """Names of the data sets that need no download."""
    return sorted(BUNDLED)


def load(source: Any, **options) -> ImageData:
    """Train, search-validation and test splits of a data set.

    Args:
        source: "digits"; a folder, root/split/class/… or root/class/…; an .npz file; a name of TFDS; arrays
            (x, y), ((x, y), (x, y)) or {"train": (x, y), …}; a `tf.data.Dataset` or {"train": dataset, …}.
        **options: `Options`, and those of the source: `load_digits`; `class_names` for arrays, .npz and datasets;
            `data_dir` and `download` for TFDS.

    Raises:
        FileNotFoundError: nothing there, and no download allowed.
        ImportError: TFDS without TensorFlow.
        TypeError: a source of another kind.
        ValueError: an unknown name or option; data that cannot be used, with the reason.

    Example:
        >>> data = load("digits", light=True, seed=1)
        >>> data.classes, data.shape
        (10, (8, 8, 1))
    """
    return prepare(source, **options)()


def prepare(source: Any, /, **options) -> Callable[[], ImageData]:
    """`load` as a call for later, when the images are needed; names and options are checked now. Raises as `load`."""
    if isinstance(source, str) and source in BUNDLED:
        return _prepared(BUNDLED[source], [], f"data set {source!r}", options)
    function, what = _loader(source)
    if function is load_tfds:
        find_builder(source, options.get("data_dir"))
    return _prepared(function, [source], what, options)


def _loader(source: Any) -> tuple[Callable[..., ImageData], str]:
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if path.is_dir():
            return load_folder, f"folder {path}"
        if path.suffix.lower() == ".npz" or path.is_file():
            if not path.is_file():
                raise FileNotFoundError(f"There is no file {path.absolute()}.")
            return load_npz, f"file {path}"
        if not isinstance(source, str) or path.is_absolute() or source.startswith((".", "~")):
            raise FileNotFoundError(f"There is no folder or file {path.absolute()}.")
        return load_tfds, f"TFDS data set {source!r}"
    if is_dataset(source) or (isinstance(source, Mapping) and source and all(map(is_dataset, source.values()))):
        return load_dataset, "tf.data.Dataset"
    if isinstance(source, Mapping | Sequence):
        return load_arrays, "arrays"
    raise TypeError(
        f"Data is a name, a path, arrays or a tf.data.Dataset, not {type(source).__name__}; see keras_ean.data.load."
    )


def _prepared(
    function: Callable[..., ImageData], source: list, what: str, options: dict[str, Any]
) -> Callable[[], ImageData]:
    """`function` of its own options as they are and of the common ones as `Options`."""
    own = set(list(inspect.signature(function).parameters)[len(source) :]) - {"name"}
    common = {field.name for field in dataclasses.fields(Options)} if "options" in own else set()
    own.discard("options")
    for option in options:
        if option not in own | common:
            raise ValueError(f"{what}: {unknown('option', option, own | common)}")
    arguments = {key: value for key, value in options.items() if key in own}
    if common:
        arguments["options"] = Options(**{key: value for key, value in options.items() if key in common})
    return partial(function, *source, **arguments)
