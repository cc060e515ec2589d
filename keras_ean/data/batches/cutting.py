"""Batches made by the backend from images that it holds."""

import numpy as np
from keras import ops

from keras_ean.data.batches.augment import Augmentation, CropFlip
from keras_ean.data.batches.batch_plan import BatchPlan, SplitLike


def possible(split: SplitLike, augment: Augmentation | None) -> bool:
    """Whether the images are in memory, of the network's size, and augmented by `CropFlip` or not at all."""
    return split.in_memory and split.prepare is None and (augment is None or isinstance(augment, CropFlip))


class Cutting:
    """Picks, crops, mirrors, scales and normalises the images of a batch, where that is `possible`.

    Args:
        plan: The batches, which tell images, augmentation and order.
    """

    def __init__(self, plan: BatchPlan):
        self.plan = plan
        self.crop = plan.augment if isinstance(plan.augment, CropFlip) else CropFlip(0, flip=False)
        # Pixels become pixels · factor + shift; black in the padding, which comes before normalisation, is the shift.
        split = plan.split
        unit = np.float32(255.0 if np.asarray(split.images).dtype == np.uint8 else 1.0)
        mean, std = (np.asarray(split.mean, "float32"), np.asarray(split.std, "float32")) if split.normalize else (0, 1)
        self.factor, self.shift = np.float32(1 / (unit * std)), np.float32(-mean / std)

    def draw(self, order: np.ndarray, epoch: int, index: int) -> np.ndarray:
        """What a batch is made of, int32 (images, 4): number, first row and column of the crop, 1 if mirrored."""
        rows = self.plan.rows(order, index)
        drawn = self.crop.draw(len(rows), self.plan.generator(epoch, index))
        return np.stack([rows, *drawn], axis=1).astype("int32")

    def __call__(self, pixels, drawn):
        """The batch, float32 (images, height, width, channels), of all pixels as stored."""
        number, top, left, mirrored = ops.unstack(drawn, 4, axis=1)
        height, width, channels = pixels.shape[1:]
        # Places in the image itself, outside of it in the padding.
        rows = ops.arange(height, dtype="int32")[None] + (top - self.crop.padding)[:, None]
        columns = ops.arange(width, dtype="int32")[None]
        columns = ops.where(mirrored[:, None] == 1, width - 1 - columns, columns) + (left - self.crop.padding)[:, None]
        inside = ops.logical_and(_within(rows, height)[:, :, None], _within(columns, width)[:, None])
        places = ops.clip(rows, 0, height - 1)[:, :, None] * width + ops.clip(columns, 0, width - 1)[:, None]
        first = ops.arange(ops.shape(number)[0], dtype="int32") * (height * width)
        flat = ops.reshape(ops.take(pixels, number, axis=0), (-1, channels))
        x = ops.take(flat, places + first[:, None, None], axis=0)
        return ops.cast(x, "float32") * ops.cast(inside, "float32")[..., None] * self.factor + self.shift


def _within(places, size: int):
    return ops.logical_and(places >= 0, places < size)
