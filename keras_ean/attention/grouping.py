"""Groups of consecutive channels: their sums, and a value per group for each of its channels."""

import keras
import numpy as np
from keras import ops

from keras_ean import backend

WIDTH = 16
"""Rows of a block matrix, about: as wide as a core computes at once."""


def group_sums(x, groups: int):
    """Sums over the channels of each group, (batch, height, width, channels) → (batch, height, width, groups).

    Example:
        >>> keras.ops.convert_to_numpy(group_sums(keras.ops.ones((1, 1, 1, 6)), 2))[0, 0, 0].tolist()
        [3.0, 3.0]
    """
    size = x.shape[-1] // groups
    if size == 1:
        return x
    if not multiplies():
        return ops.sum(ops.reshape(x, (*_maps(x), groups, size)), axis=-1)
    block = blocks(groups, size)
    return ops.reshape(ops.matmul(ops.reshape(x, (-1, len(block))), block), (*_maps(x), groups))


def group_repeat(x, size: int):
    """Each group's value for all its channels, (batch, height, width, groups) → (batch, height, width, groups · size).

    Example:
        >>> g = group_repeat(keras.ops.array([[[[1.0, 2.0]]]]), 3)
        >>> keras.ops.convert_to_numpy(g)[0, 0, 0].tolist()
        [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    """
    if size == 1:
        return x
    groups = x.shape[-1]
    if not multiplies():
        return ops.repeat(x, size, axis=-1)
    block = blocks(groups, size).T
    return ops.reshape(ops.matmul(ops.reshape(x, (-1, len(block))), block), (*_maps(x), groups * size))


def multiplies() -> bool:
    """Whether to multiply by a block matrix: on TensorFlow's CPU, where sums over a few neighbours are not vectorised.
    Elsewhere a compiler fuses sums, while products may be rounded to TF32."""
    return keras.backend.backend() == "tensorflow" and not backend.accelerated()


def blocks(groups: int, size: int) -> np.ndarray:
    """The matrix (k · size, k) of 0 and 1 that sums k neighbouring groups, k dividing their number."""
    k = max(k for k in range(1, max(1, WIDTH // size) + 1) if groups % k == 0)
    return np.kron(np.eye(k), np.ones((size, 1))).astype("float32")


def _maps(x) -> tuple:
    height, width = ops.shape(x)[1:3]
    return -1, height, width
