"""Which images make which batch of which epoch, and what happens to them."""

from typing import Any, Protocol

import numpy as np

from keras_ean.data.batches.augment import Augmentation
from keras_ean.data.pixels import Images


class SplitLike(Protocol):
    """What batches are made of, as `keras_ean.data.Split` is; its attributes are explained there."""

    @property
    def images(self) -> Images: ...
    @property
    def labels(self) -> np.ndarray: ...
    @property
    def mean(self) -> Any: ...
    @property
    def std(self) -> Any: ...
    @property
    def prepare(self) -> Any: ...
    @property
    def normalize(self) -> bool: ...
    @property
    def in_memory(self) -> bool: ...

    def __len__(self) -> int: ...

    def scaled(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray: ...


class BatchPlan:
    """The batches of all epochs, which depend on `seed`, the epoch and the batch's index alone.

    Args: see `keras_ean.data.Batches`.

    Raises:
        ValueError: The batch size is below 1, or the remainder is dropped and there are fewer images than that.

    Attributes:
        even: Whether a batch of an odd number of images takes one more: the epoch's first, or in the first batch its
            last (`keras_ean.onednn` says why).
    """

    even = False

    def __init__(
        self,
        split: SplitLike,
        batch_size: int,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        seed: int = 0,
        drop_remainder: bool = False,
    ):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}.")
        if drop_remainder and len(split) < batch_size:
            raise ValueError(
                f"{len(split)} images do not fill a batch of {batch_size}, and drop_remainder leaves out what fills "
                f"none: set batch_size to {len(split)} or less."
            )
        self.split = split
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.augment = augment
        self.seed = seed
        self.drop_remainder = drop_remainder

    def __len__(self) -> int:
        full, rest = divmod(len(self.split), self.batch_size)
        return full + (rest > 0 and not self.drop_remainder)

    def order_in(self, epoch: int) -> np.ndarray:
        """The images of an epoch, by their numbers in the split."""
        order = np.arange(len(self.split))
        return np.random.default_rng([self.seed, epoch]).permutation(order) if self.shuffle else order

    def rows(self, order: np.ndarray, index: int) -> np.ndarray:
        """The numbers of the images of one batch."""
        rows = order[index * self.batch_size : (index + 1) * self.batch_size]
        return np.append(rows, order[0 if index else -1]) if self.even and len(rows) % 2 else rows

    def generator(self, epoch: int, index: int) -> np.random.Generator:
        """The random generator of one batch's augmentation."""
        return np.random.default_rng([self.seed, epoch, index])

    def made(self, rows: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The batch of these images: float32 (n, height, width, channels) and labels (n,)."""
        images = self.split.images[rows]
        if self.split.prepare is not None and not getattr(self.augment, "resizes", False):
            images = self.split.prepare(images)
        if self.augment is not None:
            images = self.augment(images, generator)
        return self.split.scaled(images), self.split.labels[rows]
