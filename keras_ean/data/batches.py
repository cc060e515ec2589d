"""Batches for `fit`, `evaluate` and `predict` on every backend, the same for the same seed and epoch."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    from keras_ean.data.split import Split

Augmentation = Callable[[np.ndarray | list[np.ndarray], np.random.Generator], np.ndarray]


class Batches(keras.utils.PyDataset):
    """Batches (images, labels) of a split: float32 (n, height, width, channels) and int32 (n,).

    Order and augmentation depend on `seed`, the epoch and the batch's index alone, so a training that stopped goes
    on from `epoch` as if it never had. `fit` counts the epochs by itself; its own shuffling of batches, which no
    seed of this class reaches, is switched off by `fit(…, shuffle=False)`.

    Args:
        split: where the images come from.
        batch_size: images a batch; the last one of an epoch may be smaller.
        shuffle: a new order of the images each epoch.
        augment: `function(images, generator) -> images` on pixels as stored, before scaling and normalisation; one
            with a true attribute `resizes` gets the images in their own sizes.
        seed: of order and augmentation.
        epoch: the first epoch, counted from 0.
        drop_remainder: leave out a last batch that is not full.
    """

    def __init__(
        self,
        split: "Split",
        batch_size: int,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        seed: int = 0,
        epoch: int = 0,
        drop_remainder: bool = False,
    ):
        # One worker: with more, Keras reads whole epochs ahead, also those it then throws away, and no epoch can be
        # counted. Decoding and resizing run on threads of their own.
        super().__init__()
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}.")
        if drop_remainder and len(split) < batch_size:
            raise ValueError(f"{len(split)} images fill no batch of {batch_size}; lower batch_size.")
        self.split = split
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.augment = augment
        self.seed = seed
        self.drop_remainder = drop_remainder
        self.start(epoch)

    def start(self, epoch: int) -> None:
        """Goes to the beginning of an epoch."""
        self.epoch = epoch
        self.given: set[int] = set()
        self.order = np.arange(len(self.split))
        if self.shuffle:
            self.order = np.random.default_rng([self.seed, epoch]).permutation(self.order)

    def __len__(self) -> int:
        full, rest = divmod(len(self.split), self.batch_size)
        return full + (rest > 0 and not self.drop_remainder)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        self.given.add(index)
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images = self.split.images[rows]
        if self.split.prepare is not None and not getattr(self.augment, "resizes", False):
            images = self.split.prepare(images)
        if self.augment is not None:
            images = self.augment(images, np.random.default_rng([self.seed, self.epoch, index]))
        return self.split.scaled(images), self.split.labels[rows]

    def on_epoch_begin(self) -> None:
        self.given.clear()

    def on_epoch_end(self) -> None:
        # Keras also calls this after it looked at a batch or two to learn their shapes.
        if len(self.given) == len(self):
            self.start(self.epoch + 1)
