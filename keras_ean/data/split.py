"""The images and labels of one split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from keras_ean.data.batches.augment import Augmentation
from keras_ean.data.pixels import Images, as_float, stacked

if TYPE_CHECKING:
    from keras_ean.data.batches.batches import Batches

CHUNK = 1024


@dataclass(frozen=True, eq=False)
class Split:
    """Holds the images of one split with their labels, and gives them as arrays or as batches.

    Args:
        images: The images as stored, uint8 or float32, (n, height, width, channels); or a sequence that reads them when
            it is indexed.
        labels: The classes of the images, int32 (n,), from 0 to classes − 1.
        mean: The means of the *training* images by channel, where uint8 pixels count from 0 to 1.
        std: The standard deviations of the training images by channel, in the same unit.
        prepare: A function that brings images to the size that the network takes; None if they have it.
        normalize: Whether `arrays` and `batches` subtract `mean` and divide by `std`.
        subjects: What each image shows, whole numbers (n,), equal where several show the same thing, such as one digit
            under several lights. Accuracies are then as sure as so many things make them, not so many images. None
            takes each image for another thing.

    Example:
        >>> split = Split(np.zeros((5, 8, 8, 1), "uint8"), np.array([0, 1, 0, 1, 0]), mean=(0.5,), std=(0.1,))
        >>> [x.shape for x, y in split.batches(2)]
        [(2, 8, 8, 1), (2, 8, 8, 1), (1, 8, 8, 1)]
    """

    images: Images
    labels: np.ndarray
    mean: Sequence[float] = (0.0,)
    std: Sequence[float] = (1.0,)
    prepare: Callable[[np.ndarray | list[np.ndarray]], np.ndarray] | None = None
    normalize: bool = False
    subjects: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def in_memory(self) -> bool:
        """Says whether the images are one array in memory."""
        return isinstance(self.images, np.ndarray)

    def scaled(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """Gives `images` as the network takes them: one float32 array, uint8 pixels scaled to 0 … 1, and normalised if
        this split is.
        """
        pixels = as_float(stacked(images))
        if self.normalize:
            pixels = (pixels - np.asarray(self.mean, np.float32)) / np.asarray(self.std, np.float32)
        return pixels

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Reads all images into memory as the network takes them: images, float32 (n, height, width, channels), and
        labels, int32 (n,).
        """
        images = self.images[np.arange(len(self))]
        if self.prepare is not None:
            images = self.prepare(images)
        return self.scaled(images), self.labels

    def prepared(self) -> "Split":
        """Gives a split whose images have the network's size and are in memory as stored, 8-bit pixels as such."""
        chunks = np.array_split(np.arange(len(self)), max(1, len(self) // CHUNK))
        prepare = self.prepare or stacked
        images = np.concatenate([prepare(self.images[rows]) for rows in chunks])
        return replace(self, images=images, prepare=None)

    def batches(
        self,
        batch_size: int = 128,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        seed: int = 0,
        epoch: int = 0,
        drop_remainder: bool = False,
    ) -> "Batches":
        """Makes batches for `fit`, `evaluate` and `predict`; `Batches` says more of them.

        Args:
            batch_size: The number of images in a batch; the last one of an epoch may have fewer.
            shuffle: Whether each epoch has a new order of the images.
            augment: A function of (images, generator) that returns images, such as `CropFlip()`; None leaves them as
                they are.
            seed: The seed of order and augmentation.
            epoch: The epoch to begin with, counted from 0.
            drop_remainder: Whether a last batch that is not full is left out.
        """
        from keras_ean.data.batches.batches import Batches  # Only now, since they import Keras.

        return Batches(self, batch_size, shuffle, augment, seed, epoch, drop_remainder)

    def take(self, rows: np.ndarray) -> "Split":
        """Gives the split that holds only some of the images, in the order asked for.

        Args:
            rows: The numbers of the images, counted from 0, (n,).
        """
        images = self.images[rows] if isinstance(self.images, np.ndarray) else Rows(self.images, rows)
        subjects = None if self.subjects is None else self.subjects[rows]
        return replace(self, images=images, labels=self.labels[rows], subjects=subjects)


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a sequence of images, still unread."""

    images: Images
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray | list[np.ndarray]:
        return self.images[self.rows[rows]]
