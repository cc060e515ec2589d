"""Scikit-learn's handwritten digits: 1,797 real images of 8×8, inside the package, so nothing to download."""

import numpy as np

from keras_ean.data.image_data import ImageData, assemble
from keras_ean.data.light import random_light
from keras_ean.data.source_registry import register
from keras_ean.data.split import Split
from keras_ean.data.stratified import stratified

MOST_DRAWS = 1000
"""Lights that an image is shown under, at the most: 370 MB of training images."""


@register("digits")
def load_digits(
    light: bool = False,
    seed: int = 0,
    train: int | None = None,
    validation: float | int = 0.2,
    test: float | int = 0.2,
    draws: int = 8,
    test_draws: int = 1,
    normalize: bool = False,
) -> ImageData:
    """Loads scikit-learn's handwritten digits, float32 (n, 8, 8, 1) from 0 to 1, or beyond under random light. No image
    is in two splits.

    Args:
        light: Whether every image is shown under random light (`random_light`).
        seed: The seed of the splits and of the light.
        train: The number of different training images, evenly over the classes; None takes all that are left.
        validation: What is held out for the search, of the images outside the test set: a share of each class between 0
            and 1, or a whole number of images of each class.
        test: What is held out for the test, in the same way.
        draws: The number of lights under which each training image is shown; it counts only with `light`.
        test_draws: The number of lights under which each validation and test image is shown; it counts only with
            `light`.
        normalize: Whether `Split.arrays` and `Split.batches` subtract the training images' means by channel and divide
            by their standard deviations.

    Raises:
        ValueError: A number of images or of draws is out of its range.

    Example:
        >>> print(load_digits(light=True, train=300, draws=2))
        digits: train 600, validation 287, test 359; 10 classes, 8×8×1
    """
    from sklearn.datasets import load_digits as bundled

    if min(draws, test_draws) < 1:
        raise ValueError(f"draws and test_draws must be at least 1, not {draws} and {test_draws}.")
    if max(draws, test_draws) > MOST_DRAWS:
        raise ValueError(f"draws and test_draws are at most {MOST_DRAWS:,}, not {draws} and {test_draws}.")
    source = bundled()
    images = (source.images / 16).astype(np.float32)[..., None]
    labels = source.target.astype(np.int32)
    rest, held = stratified(labels, test, seed)
    kept, searched = (rest[rows] for rows in stratified(labels[rest], validation, seed))
    kept = kept[_first_of_each_class(labels[kept], train, seed)]

    def split(rows: np.ndarray, times: int, number: int) -> Split:
        if not light:
            return Split(images[rows], labels[rows])
        rows = np.repeat(rows, times)
        lit = random_light(images[rows], np.random.default_rng([seed, number]))
        return Split(lit, labels[rows], subjects=rows if times > 1 else None)

    splits = split(kept, draws, 0), split(searched, test_draws, 1), split(held, test_draws, 2)
    names = tuple(map(str, source.target_names))
    return assemble("digits", splits, names, (8, 8, 1), normalize, subject="originals")


def _first_of_each_class(labels: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    """Rows of `count` images drawn with equal numbers per class, as far as that goes."""
    if count is None:
        return np.arange(len(labels))
    if not 10 <= count <= len(labels):
        raise ValueError(f"train must be between 10 and {len(labels)} images, not {count}.")
    order = np.random.default_rng([seed, 3]).permutation(len(labels))
    rank = np.empty(len(labels), int)
    for label in range(10):
        members = order[labels[order] == label]
        rank[members] = np.arange(len(members))
    return np.sort(order[np.argsort(rank[order], kind="stable")][:count])
