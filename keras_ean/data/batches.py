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
        self.order = self.order_in(epoch)

    def order_in(self, epoch: int) -> np.ndarray:
        """The images of an epoch, by their numbers in the split."""
        order = np.arange(len(self.split))
        return np.random.default_rng([self.seed, epoch]).permutation(order) if self.shuffle else order

    def rows(self, order: np.ndarray, index: int) -> np.ndarray:
        """Those of one batch."""
        return order[index * self.batch_size : (index + 1) * self.batch_size]

    def generator(self, epoch: int, index: int) -> np.random.Generator:
        """Of one batch's augmentation."""
        return np.random.default_rng([self.seed, epoch, index])

    def __len__(self) -> int:
        full, rest = divmod(len(self.split), self.batch_size)
        return full + (rest > 0 and not self.drop_remainder)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        self.given.add(index)
        return self.made(self.rows(self.order, index), self.generator(self.epoch, index))

    def made(self, rows: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The batch of these images."""
        images = self.split.images[rows]
        if self.split.prepare is not None and not getattr(self.augment, "resizes", False):
            images = self.split.prepare(images)
        if self.augment is not None:
            images = self.augment(images, generator)
        return self.split.scaled(images), self.split.labels[rows]

    def tf_data(self):
        """A `tf.data.Dataset` of these batches, one epoch after the other from `epoch` on, without end.

        They are made ahead by TensorFlow's threads, and equal to these to rounding, in this order. For
        `fit(batches.tf_data(), steps_per_epoch=len(batches), epochs=…)`, which counts the epochs by itself; a training
        that stopped goes on from `epoch` as if it never had.

        Raises:
            ValueError: the backend is not TensorFlow.
        """
        from keras_ean.data.tf_data import dataset

        return dataset(self)

    def on_epoch_begin(self) -> None:
        self.given.clear()

    def on_epoch_end(self) -> None:
        # Keras also calls this after it looked at a batch or two to learn their shapes.
        if len(self.given) == len(self):
            self.start(self.epoch + 1)
