"""Batches for `fit`, `evaluate` and `predict` on every backend, the same for the same seed and epoch."""

import keras
import numpy as np

from keras_ean.data.batches.augment import Augmentation
from keras_ean.data.batches.batch_plan import BatchPlan, SplitLike
from keras_ean.data.batches.tf_data import dataset


class Batches(BatchPlan, keras.utils.PyDataset):
    """Yields batches (images, labels) of a split: float32 (n, height, width, channels) and int32 (n,).

    Order and augmentation depend on `seed`, the epoch and the batch's index alone, so a training that stopped goes
    on from `epoch` as if it never had. `fit` counts the epochs by itself; its own shuffling of batches, which no
    seed of this class reaches, is switched off by `fit(…, shuffle=False)`.

    Args:
        split: Where the images come from.
        batch_size: Images a batch; the last one of an epoch may be smaller.
        shuffle: A new order of the images each epoch.
        augment: `function(images, generator) -> images` on pixels as stored, before scaling and normalisation; one
            with a true attribute `resizes` gets the images in their own sizes.
        seed: The seed of order and augmentation.
        epoch: The first epoch, counted from 0.
        drop_remainder: Leave out a last batch that is not full.
    """

    def __init__(
        self,
        split: SplitLike,
        batch_size: int,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        seed: int = 0,
        epoch: int = 0,
        drop_remainder: bool = False,
    ):
        # One worker: with more, Keras reads whole epochs ahead, also those it then throws away, and no epoch can be
        # counted. Decoding and resizing run on threads of their own.
        keras.utils.PyDataset.__init__(self)
        BatchPlan.__init__(self, split, batch_size, shuffle, augment, seed, drop_remainder)
        self.start(epoch)

    def start(self, epoch: int) -> None:
        """Goes to the beginning of an epoch."""
        self.epoch = epoch
        self.given: set[int] = set()
        self.order = self.order_in(epoch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        self.given.add(index)
        return self.made(self.rows(self.order, index), self.generator(self.epoch, index))

    def tf_data(self):
        """Makes a `tf.data.Dataset` of these batches, one epoch after the other from `epoch` on, without end.

        They are made ahead by TensorFlow's threads, and equal to these to rounding, in this order. For
        `fit(batches.tf_data(), steps_per_epoch=len(batches), epochs=…)`, which counts the epochs by itself; a training
        that stopped goes on from `epoch` as if it never had.

        Raises:
            ValueError: The backend is not TensorFlow.
        """
        return dataset(self, self.epoch)

    def on_epoch_begin(self) -> None:
        self.given.clear()

    def on_epoch_end(self) -> None:
        # Keras also calls this after it looked at a batch or two to learn their shapes.
        if len(self.given) == len(self):
            self.start(self.epoch + 1)
