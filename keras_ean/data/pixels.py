"""Images as stored, and as numbers."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image


class Images(Protocol):
    """Images by index, from memory or read when asked for: indexed with an array of indices it gives
    (n, height, width, channels), or, where the images differ in size, a list of (height, width, channels)."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: np.ndarray) -> np.ndarray | list[np.ndarray]: ...


def as_float(images: np.ndarray) -> np.ndarray:
    """float32, with uint8 brought to [0, 1] and floating point left in its range."""
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return images.astype(np.float32, copy=False)


def stacked(images: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    """One array (n, height, width, channels); ValueError if the images differ in size."""
    if isinstance(images, np.ndarray):
        return images
    shapes = sorted({image.shape for image in images})
    if len(shapes) > 1:
        raise ValueError(
            f"The images differ in size, from {shapes[0]} to {shapes[-1]}: load them with size=(height, width), "
            "or pass an augmentation that gives one size, such as ResizedCrop."
        )
    return np.stack(images)


def resized(image: np.ndarray, size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """An image (height, width, channels), or the part `box` (left, top, right, bottom) of it, bilinear with
    antialiasing, to `size` (height, width); uint8 or float32, as it came."""
    if image.dtype == np.uint8 and image.shape[-1] == 3:
        return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR, box))
    planes = (Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(image, -1, 0))
    return np.stack([np.asarray(plane.resize(size[::-1], Image.Resampling.BILINEAR, box)) for plane in planes], -1)
