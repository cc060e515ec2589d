"""Augmentation of batches in the input pipeline: NumPy and Pillow, so the same on every backend.

Each is a frozen object `augment(images, generator) -> images` for `Split.batches(augment=…)`. Images are as stored
(uint8, or float32), so padding is black; scaling and normalisation follow. `CropFlipLayer` does the commonest one
inside a compiled step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from keras_ean.data.pixels import resized, stacked
from keras_ean.data.threads import threads

Augmentation = Callable[[np.ndarray | list[np.ndarray], np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class CropFlip:
    """Pads images with zeros, crops each at random back to its size, and mirrors each with probability 1/2: the
    standard augmentation of CIFAR.

    Args:
        padding: The number of pixels of zeros that are added on each side.
        flip: Whether images are mirrored left to right, each with probability 1/2.

    Example:
        >>> CropFlip()(np.ones((2, 32, 32, 3), "uint8"), np.random.default_rng(0)).shape
        (2, 32, 32, 3)
    """

    padding: int = 4
    flip: bool = True

    def __call__(self, images: np.ndarray | list[np.ndarray], generator: np.random.Generator) -> np.ndarray:
        images = stacked(images)
        count, height, width, _ = images.shape
        edge = (self.padding, self.padding)
        padded = np.pad(images, ((0, 0), edge, edge, (0, 0)))
        top, left, mirrored = self.draw(count, generator)
        rows = top[:, None] + np.arange(height)
        columns = left[:, None] + np.where(mirrored[:, None], np.arange(width)[::-1], np.arange(width))
        return padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]

    def draw(self, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draws the first row and the first column of each crop in its padded image, and whether the image is mirrored:
        three arrays, (count,).

        Args:
            count: The number of images.
            generator: The NumPy generator that the numbers are drawn from.
        """
        top, left = generator.integers(0, 2 * self.padding + 1, size=(2, count), dtype=np.int64)
        mirrored = generator.uniform(size=(count, 1)) < (0.5 if self.flip else 0)
        return top, left, mirrored[:, 0]


@dataclass(frozen=True)
class ResizedCrop:
    """Resizes a random part of each image to one size, and mirrors it with probability 1/2: the standard augmentation
    of ImageNet.

    Args:
        size: The height and width of the result in pixels.
        scale: The least and the greatest share of the image's area that the part takes; it is drawn uniformly between
            them.
        ratio: The least and the greatest width / height of the part; its logarithm is drawn uniformly between them.

    Example:
        >>> images = [np.ones((300, 200, 3), "uint8"), np.ones((90, 100, 3), "uint8")]
        >>> ResizedCrop(64)(images, np.random.default_rng(0)).shape
        (2, 64, 64, 3)
    """

    size: int = 224
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    resizes: ClassVar[bool] = True

    def __call__(self, images: np.ndarray | list[np.ndarray], generator: np.random.Generator) -> np.ndarray:
        boxes = [self.box(image.shape[0], image.shape[1], generator) for image in images]
        mirrored = generator.uniform(size=len(boxes)) < 0.5
        parts = threads().map(lambda image, box: resized(image, (self.size, self.size), box), images, boxes)
        return np.stack([part[:, ::-1] if flip else part for part, flip in zip(parts, mirrored)])

    def box(self, height: int, width: int, generator: np.random.Generator) -> tuple[int, int, int, int]:
        """Draws the part of an image as (left, top, right, bottom) in pixels. If ten draws do not fit, it is the
        largest central part of an allowed ratio.

        Args:
            height, width: The height and width of the image in pixels.
            generator: The NumPy generator that the numbers are drawn from.
        """
        for _ in range(10):
            area = height * width * generator.uniform(*self.scale)
            ratio = math.exp(generator.uniform(math.log(self.ratio[0]), math.log(self.ratio[1])))
            w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 0 < w <= width and 0 < h <= height:
                top, left = int(generator.integers(0, height - h + 1)), int(generator.integers(0, width - w + 1))
                return left, top, left + w, top + h
        w = min(width, round(height * self.ratio[1]))
        h = min(height, round(width / self.ratio[0]))
        left, top = (width - w) // 2, (height - h) // 2
        return left, top, left + w, top + h


@dataclass(frozen=True)
class CentreCrop:
    """Resizes images by their shorter side and cuts out the centre; for the usual evaluation on ImageNet take
    CentreCrop((224, 224), 256).

    Args:
        size: The height and width of the result in pixels.
        resize: The length in pixels that the shorter side has before the cut; None makes it as short as the result
            allows.

    Example:
        >>> CentreCrop((224, 224), 256)([np.ones((300, 200, 3), "uint8")]).shape
        (1, 224, 224, 3)
    """

    size: tuple[int, int] = (224, 224)
    resize: int | None = None

    def __call__(
        self, images: np.ndarray | list[np.ndarray], generator: np.random.Generator | None = None
    ) -> np.ndarray:
        return np.stack(list(threads().map(self._one, images)))

    def _one(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        factor = max(self.size[0] / height, self.size[1] / width)
        if self.resize is not None:
            factor = max(factor, self.resize / min(height, width))
        target = max(int(height * factor), self.size[0]), max(int(width * factor), self.size[1])
        if target != (height, width):
            image = resized(image, target)
        top, left = (round((have - want) / 2) for have, want in zip(target, self.size))
        return image[top : top + self.size[0], left : left + self.size[1]]
