"""Batches for `fit`, `evaluate` and `predict` on every backend, the same for the same seed and epoch."""

import keras
import numpy as np

from keras_ean.data.batches.augment import Augmentation
from keras_ean.data.batches.batch_plan import BatchPlan, SplitLike
from keras_ean.data.batches.tf_data import dataset


class Batches(BatchPlan, keras.utils.PyDataset):
    """Yields batches (images, labels) of a split: float32 (n, height, width, channels) and int32 (n,).

    Order and augmentation depend on `seed`, the epoch and the batch's index alone, so a training that was stopped and
    goes on from `epoch` sees the same batches as one that was not. `fit` counts the epochs by itself. Its own shuffling
    of batches, which the seed does not reach, has to be switched off by `fit(…, shuffle=False)`.

    Args:
        split: The images and labels that the batches are made of.
        batch_size: The number of images in a batch; the last one of an epoch may have fewer.
        shuffle: Whether each epoch has a new order of the images.
        augment: A function of (images, generator) that returns images of one size, called on pixels as stored, before
            scaling and normalisation. If it has a true attribute `resizes`, it gets the images in their own sizes.
        seed: The seed of order and augmentation.
        epoch: The epoch to begin with, counted from 0.
        drop_remainder: Whether a last batch that is not full is left out.

    Raises:
        ValueError: The batch size is below 1, or `drop_remainder` would leave no batch at all.
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
        """Goes to the beginning of an `epoch`, counted from 0."""
        self.epoch = epoch
        self.given: set[int] = set()
        self.order = self.order_in(epoch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        self.given.add(index)
        return self.made(self.rows(self.order, index), self.generator(self.epoch, index))

    def tf_data(self):
        """Makes a `tf.data.Dataset` of these batches, one epoch after the other from `epoch` on, without end.

        TensorFlow's threads make the batches ahead; they come in this order and equal these up to rounding. Use it as
        `fit(batches.tf_data(), steps_per_epoch=len(batches), epochs=…)`; the dataset counts the epochs by itself, and a
        training that was stopped goes on from `epoch` as if it never had been.

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
