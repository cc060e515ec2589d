"""Batches cut out on the accelerator, where the images stay during a training."""

import keras
import numpy as np
from keras import ops

from keras_ean import device
from keras_ean.data.augment import CropFlip
from keras_ean.data.batches import Augmentation, Batches
from keras_ean.data.split import Split

MEMORY = 4 << 30
"""Bytes of images that are put on the accelerator at the most."""


class DeviceBatches(Batches):
    """The same batches as `Batches` gives, equal to rounding, as tensors on the accelerator.

    The split's images are copied there once, as stored; a step sends row numbers and crops only, some kilobytes, and
    one compiled function picks, crops, mirrors, scales and normalises. For JAX, whose `fit` takes tensors as they are.

    Args: see `Batches`; `augment` is None or a `CropFlip`.

    Raises:
        ValueError: images that are not in memory as one array, or another augmentation.

    Example:
        >>> split = Split(np.zeros((5, 8, 8, 1), "uint8"), np.array([0, 1, 0, 1, 0]))
        >>> [tuple(x.shape) for x, y in DeviceBatches(split, 2, augment=CropFlip(1))]
        [(2, 8, 8, 1), (2, 8, 8, 1), (1, 8, 8, 1)]
    """

    def __init__(
        self, split: Split, batch_size: int, shuffle: bool = False, augment: Augmentation | None = None, **options
    ):
        if not isinstance(split.images, np.ndarray) or not _possible(split, augment):
            raise ValueError(
                "Batches are made on the accelerator from images that are in memory, as one array of the network's "
                f"size, with no augmentation or CropFlip, not {augment!r}; use split.batches."
            )
        super().__init__(split, batch_size, shuffle, augment, **options)
        self.crop = augment if isinstance(augment, CropFlip) else CropFlip(0, flip=False)
        self.shape = split.images.shape[1:]
        self.scale = 255.0 if split.images.dtype == np.uint8 else 1.0
        self.pixels = ops.convert_to_tensor(split.images)
        self.cut = device.compiled(self._cut)

    @classmethod
    def suits(cls, split: Split, augment: Augmentation | None) -> bool:
        """Whether it pays: on JAX with an accelerator, for images that fit there."""
        pays = keras.backend.backend() == "jax" and device.accelerated()
        images = split.images
        return pays and _possible(split, augment) and isinstance(images, np.ndarray) and images.nbytes <= MEMORY

    def __getitem__(self, index: int):
        self.given.add(index)
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        generator = np.random.default_rng([self.seed, self.epoch, index])
        crops = (numbers.astype("int32") for numbers in self.crop.draw((len(rows), *self.shape), generator))
        return self.cut(self.pixels, rows.astype("int32"), *crops), self.split.labels[rows]

    def _cut(self, pixels, images, rows, columns):
        edge = [self.crop.padding, self.crop.padding]
        x = ops.pad(ops.take(pixels, images, axis=0), [[0, 0], edge, edge, [0, 0]])
        x = ops.take_along_axis(x, rows[:, :, None, None], axis=1)
        x = ops.take_along_axis(x, columns[:, None, :, None], axis=2)
        x = ops.cast(x, "float32") / self.scale
        if not self.split.normalize:
            return x
        return (x - np.asarray(self.split.mean, "float32")) / np.asarray(self.split.std, "float32")


def _possible(split: Split, augment: Augmentation | None) -> bool:
    return split.in_memory and split.prepare is None and (augment is None or isinstance(augment, CropFlip))
