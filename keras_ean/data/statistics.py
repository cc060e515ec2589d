"""Channel statistics and fingerprints of images."""

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np

from keras_ean.data.pixels import as_float
from keras_ean.data.split import Split

SAMPLE = 2048
CHUNK = 1024
LEAST, MOST = 1e-6, 1e12
"""Standard deviations between which pixels can be told apart in float32, and lose nothing by being normalised."""
FAR, OTHER = 1e6, 10
"""How many of the training images' standard deviations a held-out pixel may lie away from them at the most, and from
how many times their spread on held-out images seem to have pixels of another range."""


def channel_statistics(split: Split) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel, uint8 pixels counting as [0, 1]; 1 where a channel is constant.

    Of all images in memory; of at most 2,048, evenly spaced, where they are read from files.

    Raises:
        ValueError: A channel that spreads beyond `MOST`, or none that spreads by more than `LEAST`.
    """
    mean, std, _ = _moments(split)
    if not LEAST < np.max(std) <= MOST:
        raise ValueError(
            f"The training images spread by {np.max(std):.3g} around {np.max(np.abs(mean)):.3g}, where a network "
            f"learns from pixels that spread between {LEAST:g} and {MOST:g}: bring them to a range such as 0 … 1."
        )
    return tuple(np.atleast_1d(mean).tolist()), tuple(np.where(std > LEAST, std, 1.0).reshape(-1).tolist())


def cautions(train: Split, held_out: Mapping[str, Split]) -> Iterator[str]:
    """What is to be told of images in memory that are used as they are, but may not be meant so.

    Args:
        train: The training images.
        held_out: The images that networks are judged on, in memory too, by the name of their split.

    Raises:
        ValueError: Held-out images on which no network can be judged, since they are all the same, or have a pixel
            that lies `FAR` times as far from the training images' mean as their own do.
    """
    mean, std, _ = _moments(train)
    if (constant := np.flatnonzero(std <= LEAST)).size:
        one, names = constant.size == 1, ", ".join(map(str, constant))
        yield (
            f"Channel{'' if one else 's'} {names} (counted from 0) {'is' if one else 'are'} the same in all training "
            f"images, so a network learns nothing from {'it' if one else 'them'}."
        )
    unit, middle = np.sqrt(np.mean(std**2)), np.mean(mean)
    for name, split in held_out.items():
        its_mean, its_std, largest = _moments(split)
        if not largest - np.max(np.abs(mean)) <= FAR * unit:
            raise ValueError(
                f"The {name} images have a pixel of {largest:.3g}, where those of the training images spread by "
                f"{unit:.3g} around {middle:.3g}: a network sums up numbers that are lost. Correct or leave out such "
                "images."
            )
        if len(split) > 1 and np.max(its_std) <= LEAST:
            raise ValueError(
                f"The {name} images spread by {np.max(its_std):.3g} around {np.mean(its_mean):.3g}: all pixels are "
                "the same, so no network can be judged on them."
            )
        its_unit, its_middle = np.sqrt(np.mean(its_std**2)), np.mean(its_mean)
        if not 1 / OTHER <= its_unit / unit <= OTHER or abs(its_middle - middle) > OTHER * unit:
            yield (
                f"The {name} images spread by {its_unit:.3g} around {its_middle:.3g} and the training images by "
                f"{unit:.3g} around {middle:.3g}: if their pixels are in another range, bring both to the same."
            )


def _moments(split: Split) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean and standard deviation of each channel, and the largest size of a pixel."""
    rows = np.arange(len(split))
    if not split.in_memory and len(rows) > SAMPLE:
        rows = np.linspace(0, len(rows) - 1, SAMPLE).astype(int)
    count, total, squares, largest, origin = 0, np.float64(0), np.float64(0), 0.0, np.zeros(1, np.float32)
    for start in range(0, len(rows), CHUNK):
        for image in _pieces(split.images[rows[start : start + CHUNK]]):
            pixels = as_float(image).reshape(-1, image.shape[-1])
            largest = max(largest, float(np.max(np.abs(pixels))))
            if not count:  # Seen from here, a constant channel spreads by 0, however pixels are rounded.
                origin = pixels[0].copy()
            pixels = pixels - origin
            count += len(pixels)
            total = total + pixels.sum(0, dtype=np.float64)
            with np.errstate(over="ignore"):  # Told by the callers.
                squares = squares + np.square(pixels).sum(0, dtype=np.float64)
    mean = total / count
    return mean + origin, np.sqrt(np.maximum(squares / count - mean**2, 0)), largest


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
