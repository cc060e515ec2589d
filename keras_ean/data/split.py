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
    """Holds images with their labels.

    Args:
        images: Uint8 or float32, (n, height, width, channels); or a sequence that reads them when indexed.
        labels: Int32 (n,), 0 … classes − 1.
        mean: Channel means of the *training* images, in units of `as_float`.
        std: Their standard deviations.
        prepare: Brings images of other sizes to the one that the network takes.
        normalize: `arrays` and `batches` subtract `mean` and divide by `std`.
        subjects: integers (n,), what each image shows, equal where several show the same thing, such as one digit under
            several lights: accuracies are as sure as so many things tell, not as so many images. None: each shows
            something else.

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
        """Says whether the images are an array in memory."""
        return isinstance(self.images, np.ndarray)

    def scaled(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """Gives images as the network takes them: one float32 array, normalised if this split is."""
        pixels = as_float(stacked(images))
        if self.normalize:
            pixels = (pixels - np.asarray(self.mean, np.float32)) / np.asarray(self.std, np.float32)
        return pixels

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Reads all images, float32 (n, height, width, channels), and labels, int32 (n,), into memory."""
        images = self.images[np.arange(len(self))]
        if self.prepare is not None:
            images = self.prepare(images)
        return self.scaled(images), self.labels

    def prepared(self) -> "Split":
        """Brings the images to the network's size and holds them in memory as stored, 8-bit pixels as such."""
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
        """Makes batches for `fit`, `evaluate` and `predict`; the arguments are those of `Batches`.

        Args:
            batch_size, shuffle, augment, seed, epoch, drop_remainder: As `Batches` takes them.
        """
        from keras_ean.data.batches.batches import Batches  # Only now, since they import Keras.

        return Batches(self, batch_size, shuffle, augment, seed, epoch, drop_remainder)

    def take(self, rows: np.ndarray) -> "Split":
        """Gives the split of these images only, in this order.

        Args:
            rows: The numbers of the images, (n,).
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
