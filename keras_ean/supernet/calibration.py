"""BatchNorm statistics of one scheme, computed without touching the supernet."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data.as_arrays import as_images
from keras_ean.data.digest import digest


class Calibrator:
    """Estimates the BatchNorm statistics of a supernet anew under one scheme.

    While a supernet trains, its statistics mix over all schemes, and scored with them schemes are misjudged
    (Once-for-All, arXiv 1908.09791; AttentiveNAS, arXiv 2011.09011). A scheme's own statistics are the means of the
    batch statistics over all `images`. They are values beside the supernet, whose variables stay as they are. A scheme
    is a pass of its own: BatchNorm has one pair of statistics for a whole batch.

    Images that need several batches are shuffled, always in the same way, so that sorted ones give good statistics too;
    the batches differ in size by one image at the most, and count by their size.

    Args:
        supernet: The supernet whose weights are used, as they are at this moment.
        images: The images (images, height, width, channels), or the structure of such arrays that the model takes; with
            labels or without, in any form that `keras_ean.data.as_arrays` takes.
        batch_size: The most images in a forward pass.
        kept: The number of schemes whose statistics are remembered, the latest ones.

    Attributes:
        digest: A text that stands for the images and their batches: another one means other statistics.

    Raises:
        ValueError: There are no images, or they are in a form that is not taken.
    """

    def __init__(self, supernet, images, batch_size: int = 256, kept: int = 64):
        batches, self.weights = in_batches(as_images(images, inputs=len(supernet.body.inputs) - 1), batch_size)
        self.digest = digest(keras.tree.flatten(batches))
        self.batches = keras.tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype="float32"), batches)
        self.body, self.run = supernet.body, supernet.batch_statistics
        self.remembered = lru_cache(kept)(self._estimate)
        self.refresh()

    def refresh(self) -> None:
        """Takes the supernet's weights as they are now, and forgets the statistics that belong to those before."""
        self.trainable = backend.values(self.body.trainable_variables)
        self.fixed = backend.values(self.body.non_trainable_variables)
        self.remembered.cache_clear()

    def statistics(self, rows) -> list:
        """Gives the values of `supernet.body.non_trainable_variables`, in their order, under one scheme.

        Args:
            rows: The scheme as a row of 0 and 1, (1, blocks).
        """
        [bits] = ops.convert_to_numpy(rows).tolist()
        return list(self.remembered(tuple(bits)))

    def _estimate(self, bits: tuple[float, ...]) -> list:
        rows = ops.convert_to_tensor(np.array([bits], "float32"))
        runs = [self.run(self.trainable, self.fixed, [images, rows]) for images in self.batches]
        return averaged(self.fixed, runs, self.weights)


def in_batches(images, batch_size: int) -> tuple[list, list[float]]:
    """The images in batches that differ in size by one at the most, shuffled if there are several, and their shares.

    Raises:
        ValueError: There are no images.
    """
    count = len(keras.tree.flatten(images)[0])
    if count == 0:
        raise ValueError("Calibration needs images, but there are none.")
    number = math.ceil(count / batch_size)
    order = np.random.default_rng(0).permutation(count) if number > 1 else np.arange(count)
    parts = np.array_split(order, number)
    batches = [keras.tree.map_structure(lambda x, rows=rows: x[rows], images) for rows in parts]
    return batches, [len(rows) / count for rows in parts]


def averaged(fixed: Sequence, runs: Sequence[Sequence], weights: Sequence[float]) -> list:
    """The mean of each statistic over the batches; what is no statistic (a counter, a seed) stays as in `fixed`."""
    return [
        sum(weight * value for weight, value in zip(weights, values, strict=True))
        if keras.backend.is_float_dtype(old.dtype)
        else old
        for old, *values in zip(fixed, *runs, strict=True)
    ]


def batch_statistics(model: keras.Model) -> Callable:
    """Compiled: (trainable, fixed, inputs) → values of `model.non_trainable_variables` that hold the batch's."""

    def run(trainable, fixed, inputs):
        with forgetting(model):
            return model.stateless_call(trainable, fixed, inputs, training=True)[1]

    return backend.compiled(run)


@contextmanager
def forgetting(model: keras.Model) -> Iterator[None]:
    """Inside, BatchNorm's moving statistics become those of the last batch: momentum 0."""
    norms = [layer for layer in model._flatten_layers() if hasattr(layer, "momentum") and hasattr(layer, "moving_mean")]
    before = [layer.momentum for layer in norms]
    try:
        for layer in norms:
            layer.momentum = 0.0
        yield
    finally:
        for layer, momentum in zip(norms, before, strict=True):
            layer.momentum = momentum
