"""Images and labels in NumPy arrays, from whatever their owner has them in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

from keras_ean.data.sources.dataset import is_dataset
from keras_ean.data.split import Split
from keras_ean.data.statistics import fingerprint

MOST, MOST_UNCOUNTED, TWICE = 1 << 32, 1 << 30, 1000
"""Bytes that are read from an iterable; and of one that does not tell its length, which may have no end. That one is
said to have none when it has given so many images or more, each of them twice on average."""


def as_arrays(data: Any) -> tuple[Any, np.ndarray]:
    """Reads (images, labels); the images are an array, or the structure of arrays of a model with several inputs.

    Args:
        data: A pair of arrays, tensors or lists; a `Split`; a `tf.data.Dataset`, batched or not; a
            `keras.utils.PyDataset`; or any other iterable of such pairs, one for each batch or one for each image.

    Raises:
        ValueError: The data are in another form, have sample weights, are empty, have no end or more than `MOST` bytes
            in batches, or have images of several sizes.

    Example:
        >>> images, labels = as_arrays([(np.zeros((2, 8, 8, 1)), [0, 1]), (np.zeros((1, 8, 8, 1)), [1])])
        >>> images.shape, labels.tolist()
        ((3, 8, 8, 1), [0, 1, 1])
    """
    if isinstance(data, Split):
        return data.arrays()
    if isinstance(data, tuple | list) and not in_batches(data):
        return _pair(data)
    pairs = read(data, _pair)
    alone = single(pairs[0][0])
    return joined([images for images, _ in pairs], alone), joined([labels for _, labels in pairs], alone)


def as_images(data: Any, inputs: int = 1) -> Any:
    """Reads images alone, from all that `as_arrays` takes, and from arrays and data sets of images without labels.

    Args:
        data: The images, with labels or without.
        inputs: The number of inputs of the model; if there are several, a tuple or list of arrays is the structure of
            the images.

    Raises:
        ValueError: The data are in another form, are empty, have no end, or have images of several sizes.
    """
    if isinstance(data, Split):
        return data.arrays()[0]
    if hasattr(data, "shape") or isinstance(data, Mapping):
        return to_arrays(data)
    if isinstance(data, tuple | list) and data and not in_batches(data):
        if inputs > 1:
            return to_arrays(data[0] if isinstance(data[0], tuple | list | Mapping) else data)
        return to_array(data[0] if len(data) in (2, 3) and _rank(data[1]) < 3 else data)
    parts = read(data, lambda element: to_arrays(element[0] if isinstance(element, tuple | list) else element))
    return joined(parts, single(parts[0]))


def as_images_and_labels(data: Any, inputs: int = 1) -> tuple[Any, np.ndarray | None]:
    """Reads images, and labels where the data have them, from all that `as_arrays` and `as_images` take.

    Args:
        data: The images, with labels or without.
        inputs: The number of inputs of the model; if there are several, a tuple or list of arrays is the structure of
            the images.

    Raises:
        ValueError: The data are in another form, are empty, have no end, or have images of several sizes.

    Example:
        >>> images, labels = as_images_and_labels(np.zeros((1, 8, 8, 1)) for batch in range(2))
        >>> images.shape, labels
        ((2, 8, 8, 1), None)
    """
    if isinstance(data, Split):
        return data.arrays()
    if hasattr(data, "shape") or isinstance(data, Mapping):
        return to_arrays(data), None
    if isinstance(data, tuple | list) and data and not in_batches(data):
        labelled = len(data) in (2, 3) and (
            isinstance(data[0], tuple | list | Mapping) if inputs > 1 else _rank(data[1]) < 3
        )
        return _pair(data) if labelled else (as_images(data, inputs), None)

    def take(element: Any) -> tuple:
        if isinstance(element, tuple | list):
            return (to_inputs(element[0]),) if len(element) == 1 else _pair(element)
        return (to_arrays(element),)

    parts = read(data, take)
    alone = single(parts[0][0])
    images, *labels = (joined([*column], alone) for column in zip(*parts, strict=True))
    return images, labels[0] if labels else None


def in_batches(data: tuple | list) -> bool:
    """Whether it holds pairs of images and labels, and is not such a pair itself."""
    return bool(data) and all(isinstance(x, tuple | list) and len(x) in (2, 3) and _rank(x[0]) > 2 for x in data)


def read(data: Any, take: Callable[[Any], Any]) -> list:
    """What `take` makes of every element."""
    parts, size = [], 0
    counted, images, seen = _counted(data), 0, set[int]()
    for element in _elements(data):
        parts.append(take(element))
        leaves = keras.tree.flatten(parts[-1])
        size += sum(x.nbytes for x in leaves)
        if not counted:
            new = leaves[0] if leaves[0].ndim > 3 else leaves[:1]
            images += len(new)
            seen.update(map(fingerprint, new))
            if images >= TWICE and images >= 2 * len(seen):
                raise ValueError(f"The data set has no end: its {len(seen):,} images come again and again. {PART}")
        if size > (MOST if counted else MOST_UNCOUNTED):
            lacks = "" if counted else ", does not tell its length"
            raise ValueError(f"The data set has more than {size >> 20:,} MiB{lacks}, and perhaps no end. {PART}")
    if not parts:
        raise ValueError("The data set is empty: it has no images.")
    return parts


PART = (
    "Give a part of it, dataset.take(n) or itertools.islice(batches, n); one that tells its length; or a Split "
    "(ean.data.load), which is read batch by batch."
)


def _counted(data: Any) -> bool:
    """Whether a data set tells how many elements it has."""
    if is_dataset(data):
        return data.cardinality() >= 0
    try:
        return isinstance(data, keras.utils.PyDataset) or len(data) >= 0
    except TypeError:
        return False


def _elements(data: Any) -> Iterator[Any]:
    indexed = isinstance(data, keras.utils.PyDataset)
    if (is_dataset(data) and data.cardinality() == -1) or (indexed and data.num_batches is None):
        raise ValueError("The data set is infinite: leave out repeat(), or give a part of it, such as dataset.take(n).")
    if indexed:
        return (data[index] for index in range(data.num_batches))
    if isinstance(data, str | bytes | Mapping) or hasattr(data, "shape") or not hasattr(data, "__iter__"):
        raise ValueError(
            f"Data are (images, labels), a Split, or a data set or other iterable of such pairs, not {_called(data)}."
        )
    return iter(data)


def _pair(element: Any) -> tuple[Any, np.ndarray]:
    if isinstance(element, tuple | list) and len(element) == 3:
        raise ValueError("Scores count every image alike: give (images, labels), without sample weights.")
    if not isinstance(element, tuple | list) or len(element) != 2:
        raise ValueError(f"Data are pairs (images, labels), not {_called(element)}.")
    images, labels = element
    return to_inputs(images), to_array(labels)


def to_inputs(images: Any) -> Any:
    """An array; or, for a model with several inputs, their structure of arrays."""
    several = isinstance(images, Mapping) or (isinstance(images, tuple | list) and _rank(images) > 3)
    return to_arrays(images) if several else to_array(images)


def single(images: Any) -> bool:
    """Whether these are one image, and no batch."""
    return max(x.ndim for x in keras.tree.flatten(images)) < 4


def joined(parts: list, alone: bool) -> Any:
    """The arrays of all parts in one; of single examples stacked."""

    def join(*leaves: np.ndarray) -> np.ndarray:
        shapes = sorted({x.shape if alone else x.shape[1:] for x in leaves})
        if len(shapes) > 1:
            raise ValueError(f"All images need one size, but some are {shapes[0]} and some {shapes[-1]}; resize them.")
        return np.stack(leaves) if alone else np.concatenate(leaves)

    return keras.tree.map_structure(join, *parts)


def to_arrays(structure: Any) -> Any:
    return keras.tree.map_structure(to_array, structure)


def to_array(values: Any) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return values
    try:
        return keras.ops.convert_to_numpy(values) if hasattr(values, "shape") else np.asarray(values)
    except ValueError as error:
        raise ValueError(f"Images are arrays of one size, and labels are numbers; here, {error}") from error


def _rank(structure: Any) -> int:
    leaves = keras.tree.flatten(structure)
    return np.ndim(leaves[0]) if leaves else 0


def _called(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__ + (f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else "")
