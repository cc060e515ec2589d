"""A task on which attention must pay, by construction, and whose right places are known: a cue out of reach."""

from collections.abc import Sequence

import numpy as np

from keras_ean.data.image_data import ImageData, assemble
from keras_ean.data.source_registry import register
from keras_ean.data.split import Split
from keras_ean.data.stratified import stratified

SIDE = 8
"""Of a digit."""


@register("cue")
def load_cue(
    seed: int = 0,
    train: int = 4000,
    validation: int = 800,
    test: int = 1500,
    share: float = 0.75,
    gap: int = 27,
    noise: float = 0.05,
    digits: Sequence[int] = (0, 1, 4, 7),
    height: int = 12,
    room: int = 23,
    band: int = 6,
    normalize: bool = False,
) -> ImageData:
    """Two of scikit-learn's digits, one red and one green; a band far to the right tells by its colour which counts.

    An image is (12, 29 + gap, 3), in [0, 1] but for the noise: the digits stand side by side at random places in the
    left 23 columns, and the last six columns are all red or all green. The label is the digit of the band's colour. A
    convolution sees no farther than its receptive field: while that does not span `gap`, no place of the network sees a
    digit and the band together, and global pooling at the end comes too late to tell whose colour counts. A gate that
    is computed from pooled features carries the band's colour to every place. So a network without attention can do no
    better than name either digit: its accuracy is at most 1 − share / 2, and attention in a block after which the
    network still has to tell digits apart removes that limit. The receptive field of a ResNet-8 for CIFAR spans 25
    columns (`gap` 27), that of a ResNet-20 81 (`gap` 83).

    This is a made-up task for judging searches and verdicts, not a picture of natural images: it says nothing about
    where attention pays in them. The digits of the three splits are different ones, but an image of a digit is in many
    images of its split.

    Args:
        seed: of everything random.
        train, validation, test: number of images.
        share: of the images in which the digits are different, so that the band is needed, 0 … 1; the effect of
            attention is half of it.
        gap: columns between the digits' part and the band.
        noise: standard deviation of Gaussian noise on every value.
        digits: the classes, at least two different ones of 0 … 9.
        normalize: `arrays` and `batches` give zero mean and unit variance over the training images.

    Raises:
        ValueError: a number out of range, or digits that are no classes.

    Example:
        >>> print(load_cue(train=40, validation=8, test=8))
        cue: train 40, validation 8, test 8; 4 classes, 12×56×3
    """
    from sklearn.datasets import load_digits as bundled

    if not 0 <= share <= 1:
        raise ValueError(f"share is the part of the images whose digits differ, from 0 to 1, not {share!r}.")
    if min(train, validation, test) < 1 or gap < 0 or not noise >= 0:
        raise ValueError(
            "cue needs at least one image in each split, a gap from 0 columns on and noise from 0 on, not "
            f"{train}, {validation} and {test} images, gap {gap!r} and noise {noise!r}."
        )
    if len(set(digits)) != len(digits) or len(digits) < 2 or not set(digits) <= set(range(10)):
        raise ValueError(f"digits are at least two different ones of 0 to 9, not {tuple(digits)!r}.")
    source = bundled()
    chosen = np.isin(source.target, digits)
    labels = np.searchsorted(np.sort(digits), source.target[chosen])
    images = (source.images[chosen] / 16).astype(np.float32)
    rest, held = stratified(labels, 0.25, seed)
    kept, searched = (rest[rows] for rows in stratified(labels[rest], 0.2, seed))

    def split(rows: np.ndarray, count: int, number: int) -> Split:
        random = np.random.default_rng([seed, number])
        made, counting = _draw(images[rows], labels[rows], count, share, (height, room, gap, band), random)
        return Split(made + random.normal(0, noise, size=made.shape).astype(np.float32), counting)

    splits = split(kept, train, 0), split(searched, validation, 1), split(held, test, 2)
    names = tuple(map(str, sorted(digits)))
    return assemble("cue", splits, names, (height, room + gap + band, 3), normalize)


def _draw(
    images: np.ndarray,
    labels: np.ndarray,
    count: int,
    share: float,
    layout: tuple[int, int, int, int],
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """So many images (count, height, room + gap + band, 3) without noise, and their labels."""
    height, room, gap, band = layout
    classes = int(labels.max()) + 1
    counting = random.integers(classes, size=count)
    other = np.where(
        random.random(count) < share, (counting + random.integers(1, classes, size=count)) % classes, counting
    )
    rows = random.integers(height - SIDE + 1, size=(count, 2))
    columns = np.sort(random.integers(room - 2 * SIDE + 1, size=(count, 2)), axis=1) + np.array([0, SIDE])
    left, colour = random.integers(2, size=(2, count))  # Is the counting digit left, and is it green?
    members = [np.flatnonzero(labels == label) for label in range(classes)]
    made = np.zeros((count, height, room + gap + band, 3), np.float32)
    for index in range(count):
        for label, place, channel in (
            (counting[index], left[index], colour[index]),
            (other[index], 1 - left[index], 1 - colour[index]),
        ):
            row, column = rows[index, place], columns[index, place]
            digit = images[members[label][random.integers(len(members[label]))]]
            made[index, row : row + SIDE, column : column + SIDE, channel] = digit
        made[index, :, -band:, colour[index]] = 1
    return made, counting.astype(np.int32)
