"""Batches cut out on the accelerator, where the images stay during a training."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from keras import ops

from keras_ean import device
from keras_ean.data.batches import Augmentation, Batches
from keras_ean.data.cutting import Cutting, possible
from keras_ean.data.split import Split

MEMORY = 4 << 30
"""Bytes of images that are put on the accelerator at the most."""


class DeviceBatches(Batches):
    """The same batches as `Batches` gives, equal to rounding, as tensors on the accelerator.

    The split's images are copied there once, as stored, and at the beginning of an epoch its order and crops, which are
    drawn on the host. A step sends one number, and one compiled function picks, crops, mirrors, scales and normalises.
    For JAX, whose `fit` takes tensors as they are.

    Args: see `Batches`; `augment` is None or a `CropFlip`.

    Raises:
        ValueError: images that are not in memory as one array, or another augmentation.

    Example:
        >>> from keras_ean.data import CropFlip
        >>> split = Split(np.zeros((5, 8, 8, 1), "uint8"), np.array([0, 1, 0, 1, 0]))
        >>> [tuple(x.shape) for x, y in DeviceBatches(split, 2, augment=CropFlip(1))]
        [(2, 8, 8, 1), (2, 8, 8, 1), (1, 8, 8, 1)]
    """

    def __init__(
        self, split: Split, batch_size: int, shuffle: bool = False, augment: Augmentation | None = None, **options
    ):
        if not possible(split, augment):
            raise ValueError(
                "Batches are made on the accelerator from images that are in memory, as one array of the network's "
                f"size, with no augmentation or CropFlip, not {augment!r}; use split.batches."
            )
        super().__init__(split, batch_size, shuffle, augment, **options)
        self.cutting = Cutting(self)
        self.pixels, self.labels = ops.convert_to_tensor(split.images), ops.convert_to_tensor(split.labels)
        self.cuts: dict[int, Callable] = {}

    @classmethod
    def suits(cls, split: Split, augment: Augmentation | None) -> bool:
        """Whether it pays: on JAX with an accelerator, for images that fit there."""
        pays = keras.backend.backend() == "jax" and device.accelerated()
        return pays and possible(split, augment) and np.asarray(split.images).nbytes <= MEMORY

    def start(self, epoch: int) -> None:
        super().start(epoch)
        self.drawn = None

    def __getitem__(self, index: int):
        self.given.add(index)
        if self.drawn is None:
            drawn = [self.cutting.draw(self.order, self.epoch, batch) for batch in range(len(self))]
            self.drawn = ops.convert_to_tensor(np.concatenate(drawn))
        first = index * self.batch_size
        size = min(self.batch_size, len(self.split) - first)
        if size not in self.cuts:
            self.cuts[size] = device.compiled(partial(self._cut, size))
        return self.cuts[size](self.pixels, self.labels, self.drawn, ops.convert_to_tensor(first, dtype="int32"))

    def _cut(self, size: int, pixels, labels, drawn, first):
        drawn = ops.slice(drawn, (first, 0), (size, drawn.shape[1]))
        return self.cutting(pixels, drawn), ops.take(labels, drawn[:, 0], axis=0)
