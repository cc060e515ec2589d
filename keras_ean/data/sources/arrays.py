"""Images and labels in NumPy arrays."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from keras_ean.data.encoded import fitted
from keras_ean.data.image_data import ImageData
from keras_ean.data.options import DEFAULT, Options
from keras_ean.data.partition import Part, partition
from keras_ean.data.source_registry import register
from keras_ean.data.split import Split
from keras_ean.data.statistics import fingerprints

Pair = tuple[np.ndarray, np.ndarray]


def is_collection(source: Any) -> bool:
    """Whether `source` holds arrays, or what should be arrays."""
    return isinstance(source, Mapping | Sequence) and not isinstance(source, str)


@register("arrays", is_collection)
def from_arrays(
    arrays: Pair | Sequence[Pair] | Mapping[str, Pair],
    class_names: Sequence[str] | None = None,
    options: Options = DEFAULT,
    name: str = "arrays",
) -> ImageData:
    """Makes a data set of images and labels in arrays.

    Args:
        arrays: (x, y); or ((x, y), (x, y)) for training and test, as `keras.datasets` gives; or {"train": (x, y), …}
            with "validation" and "test". Images are (n, height, width) or (n, height, width, channels): uint8, bool,
            uint16 (scaled to 0 … 1) or finite floating point, kept in its range. Labels are (n,), (n, 1) or one-hot (n,
            classes).
        class_names: The names of the classes, if the labels are 0 … classes − 1; None takes the distinct labels, in
            order.
        options: What is held out, the size, and whether images are normalised.
        name: The name of the data set in messages.

    Raises:
        ValueError: The arrays are no images or no labels by their shapes, types or values, or the classes cannot be
            split.

    Example:
        >>> x, y = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), "uint8"), np.arange(40) % 2
        >>> print(from_arrays((x, y)))
        arrays: train 28, validation 4, test 8; 2 classes, 8×8×3
    """
    pairs = _by_split(arrays, name)
    images = {split: _images(x, f"{name} {split}") for split, (x, _) in pairs.items()}
    labels = {split: class_labels(y, len(images[split]), f"{name} {split}") for split, (_, y) in pairs.items()}
    shapes = {split: x.shape[1:] for split, x in images.items()}
    if len(set(shapes.values())) > 1 or len({x.dtype for x in images.values()}) > 1:
        kinds = ", ".join(f"{split} {x.shape[1:]} {x.dtype}" for split, x in images.items())
        raise ValueError(f"{name}: all splits need images of one shape and type, not {kinds}.")
    known = np.unique(np.concatenate(list(labels.values())))
    if class_names is None:
        labels = {split: np.searchsorted(known, y) for split, y in labels.items()}
        class_names = [str(value) for value in known]
    elif known.dtype.kind not in "iu" or known[0] < 0 or known[-1] >= len(class_names):
        raise ValueError(f"{name}: with {len(class_names)} class names, labels are integers below that, not {known}.")
    height, width, channels = shapes["train"]
    if options.channels not in (None, channels):
        raise ValueError(
            f"{name}: the images have {channels} channel(s), not {options.channels}, and arrays are taken as they are: "
            "convert them yourself; the option channels is for files of images."
        )
    height, width, prepare = fitted(name, {(height, width): name}, options)
    parts = {
        split: Part(
            Split(x, labels[split].astype(np.int32), prepare=prepare),
            fingerprints(x),
            partial("{} image {}".format, split),
        )
        for split, x in images.items()
    }
    return partition(name, parts, class_names, (height, width, channels), options)


def _by_split(arrays, name: str) -> dict[str, Pair]:
    rule = f"{name}: arrays are (x, y), ((x, y), (x, y)) for train and test, or a dict of these by split"
    if not isinstance(arrays, Mapping):
        if len(arrays) == 2 and not _is_pair(arrays[1]):
            arrays = {"train": tuple(arrays)}
        elif len(arrays) in (2, 3):
            arrays = dict(zip(("train", "test") if len(arrays) == 2 else ("train", "validation", "test"), arrays))
        else:
            raise ValueError(f"{rule}, not {len(arrays)} items.")
    unknown = sorted(set(arrays) - {"train", "validation", "test"})
    if unknown or "train" not in arrays:
        raise ValueError(f"{rule}; splits are train, validation and test, not {', '.join(map(str, arrays))}.")
    for split, pair in arrays.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(f"{rule}; {split} is no pair.")
    return {split: (np.asarray(x), np.asarray(y)) for split, (x, y) in arrays.items()}


def _is_pair(item: Any) -> bool:
    """Whether it is (images, labels), rather than labels, which may be an array or a list."""
    return isinstance(item, tuple | list) and len(item) == 2 and np.ndim(item[0]) > 2


def _images(x: np.ndarray, what: str) -> np.ndarray:
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise ValueError(f"{what}: images are (n, height, width[, channels]), not {x.shape}.")
    if x.shape[-1] > 4 and x.shape[1] in (1, 3):
        raise ValueError(f"{what}: {x.shape} looks like channels first; move them last: x.transpose(0, 2, 3, 1).")
    if x.dtype == np.uint8:
        return x
    if x.dtype == bool:
        return x.astype(np.uint8) * np.uint8(255)
    if x.dtype == np.uint16:
        return (x / 65535).astype(np.float32)
    if x.dtype.kind in "iu":
        if x.size and (x.min() < 0 or x.max() > 255):
            raise ValueError(f"{what}: integer pixels are 0 … 255, not {x.min()} … {x.max()}; scale them yourself.")
        return x.astype(np.uint8)
    if x.dtype.kind != "f":
        raise ValueError(f"{what}: pixels are numbers, not {x.dtype}.")
    with np.errstate(over="ignore"):
        x = x.astype(np.float32, copy=False)
    bad = np.flatnonzero(~np.isfinite(x).all((1, 2, 3)))
    if len(bad):
        raise ValueError(f"{what}: image {bad[0]} has values that float32 cannot hold ({len(bad)} such image(s)).")
    return x


def class_labels(y: np.ndarray, count: int, what: str) -> np.ndarray:
    """Labels as int64 or strings, (count,), from (count,), (count, 1) or one-hot (count, classes).

    Raises:
        ValueError: There is another number of labels or another shape, they are fractions, or no labels at all.
    """
    if y.ndim == 2 and y.shape[1] > 1:
        if not (np.isin(y, (0, 1)).all() and (y.sum(1) == 1).all()):
            raise ValueError(f"{what}: labels of shape {y.shape} must be one-hot; each image has one class.")
        y = y.argmax(1)
    y = y.reshape(len(y), -1)[:, 0] if y.ndim == 2 else y
    if y.shape != (count,):
        raise ValueError(f"{what}: {count} images need labels of shape ({count},), not {y.shape}.")
    if y.dtype.kind == "f" and (not np.isfinite(y).all() or (y != np.floor(y)).any()):
        raise ValueError(f"{what}: labels are whole numbers or strings, not fractions.")
    if y.dtype.kind not in "iufbUS":
        raise ValueError(f"{what}: labels are whole numbers or strings, not {y.dtype}.")
    return y if y.dtype.kind in "US" else y.astype(np.int64)
