"""Channel statistics and fingerprints of images."""

import hashlib

import numpy as np

from keras_ean.data.pixels import as_float
from keras_ean.data.split import Split

SAMPLE = 2048
CHUNK = 1024
LEAST, MOST = 1e-6, 1e12
"""Standard deviations between which pixels can be told apart in float32, and lose nothing by being normalised."""


def channel_statistics(split: Split) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel, uint8 pixels counting as [0, 1]; 1 where a channel is constant.

    Of all images in memory; of at most 2,048, evenly spaced, where they are read from files.

    Raises:
        ValueError: A channel that spreads beyond `MOST`, or none that spreads by more than `LEAST`.
    """
    rows = np.arange(len(split))
    if not split.in_memory and len(rows) > SAMPLE:
        rows = np.linspace(0, len(rows) - 1, SAMPLE).astype(int)
    count, total, squares = 0, np.float64(0), np.float64(0)
    for start in range(0, len(rows), CHUNK):
        for image in _pieces(split.images[rows[start : start + CHUNK]]):
            pixels = as_float(image).reshape(-1, image.shape[-1])
            count += len(pixels)
            total = total + pixels.sum(0, dtype=np.float64)
            with np.errstate(over="ignore"):  # Told below.
                squares = squares + np.square(pixels).sum(0, dtype=np.float64)
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    if not LEAST < np.max(std) <= MOST:
        raise ValueError(
            f"The training images spread by {np.max(std):.3g} around {np.max(np.abs(mean)):.3g}, where a network "
            f"learns from pixels that spread between {LEAST:g} and {MOST:g}: bring them to a range such as 0 … 1."
        )
    return tuple(np.atleast_1d(mean).tolist()), tuple(np.where(std > LEAST, std, 1.0).reshape(-1).tolist())


def _pieces(images: np.ndarray | list[np.ndarray]) -> list[np.ndarray]:
    return [images] if isinstance(images, np.ndarray) else images


def fingerprint(image: np.ndarray) -> int:
    """64 bits of a hash of an image's pixels and shape; equal for equal images."""
    digest = hashlib.blake2b(repr((image.shape, image.dtype.str)).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(image).data)
    return int.from_bytes(digest.digest(), "little", signed=True)


def fingerprints(images: np.ndarray) -> np.ndarray:
    """int64 (n,), one `fingerprint` an image."""
    return np.fromiter((fingerprint(image) for image in images), np.int64, len(images))
