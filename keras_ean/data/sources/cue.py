"""A task on which attention must pay, by construction, and whose right places are known: a cue out of reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_ean.data.image_data import ImageData, assemble
from keras_ean.data.source_registry import register
from keras_ean.data.split import Split
from keras_ean.data.stratified import stratified

SIDE, BAND, MARK = 8, 6, 4
"""Of a digit, and columns of the band and of a mark."""


@register("cue")
def load_cue(
    seed: int = 0,
    train: int = 4000,
    validation: int = 800,
    test: int = 1500,
    share: float = 0.75,
    train_share: float | None = None,
    gap: int = 27,
    span: int = 0,
    noise: float = 0.05,
    digits: Sequence[int] = (0, 1, 4, 7),
    height: int = 12,
    play: int = 7,
    normalize: bool = False,
) -> ImageData:
    """Two of scikit-learn's digits, and a cue far to the right that tells which of them counts.

    An image is (height, columns, 3), in [0, 1] but for the noise. Its label is the digit that counts. The cue is one of
    two:

    - without a span, one digit is red and one green, at random places in the left 16 + play columns, and the cue is a
      band of six columns, all red or all green: the digit of its colour counts;
    - with one, the digits are white, and the cue is a red mark and a green one: the digit on the side of the red mark
      counts. Between the digits, between the marks, left of the digits and right of the marks are `span` empty columns
      each.

    A convolution sees no farther than its receptive field: while that does not reach over `gap`, no place of the
    network sees a digit and the cue together, and global pooling at the end comes too late to tell which digit counts.
    A gate that is computed from pooled features carries what it knows to every place. So a network without attention
    can do no better than name either digit: its accuracy is at most 1 − share / 2, and attention in the right block
    removes that limit. The receptive field of a ResNet-8 for CIFAR spans 25 columns (`gap` 27), that of a ResNet-20
    81 (`gap` 83).

    With a span, pooled features of a block whose receptive field is smaller are those of an image with the sides
    exchanged: it knows neither which digit is left nor which mark. Attention there is worth nothing, and the right
    blocks are those that see farther. docs/data.md has what was measured.

    This is a made-up task for judging searches and verdicts, not a picture of natural images: it says nothing about
    where attention pays in them. The digits of the three splits are different ones, but an image of a digit is in many
    images of its split.

    Args:
        seed: of everything random.
        train, validation, test: number of images.
        share: of the images in which the digits are different, so that the cue is needed, 0 … 1; the effect of
            attention is half of it.
        train_share: the same of the training images, should it be another one: an effect of one point on images of
            which few need the cue is learnt from images that need it.
        gap: columns between the digits' part and the cue.
        span: see above; a multiple of 4, so that the two sides are alike to a network of strides up to 4.
        noise: standard deviation of Gaussian noise on every value.
        digits: the classes, at least two different ones of 0 … 9.
        height: rows, at least the 8 of a digit; the digits stand at random heights.
        play: columns by which digits without a span may stand apart from their places.
        normalize: `arrays` and `batches` give zero mean and unit variance over the training images.

    Raises:
        ValueError: a number out of range, or digits that are no classes.

    Example:
        >>> print(load_cue(train=40, validation=8, test=8))
        cue: train 40, validation 8, test 8; 4 classes, 12×56×3
    """
    from sklearn.datasets import load_digits as bundled

    train_share = share if train_share is None else train_share
    for part in (share, train_share):
        if not 0 <= part <= 1:
            raise ValueError(f"share is the part of the images whose digits differ, from 0 to 1, not {part!r}.")
    if min(train, validation, test) < 1 or min(gap, play) < 0 or height < SIDE or not noise >= 0:
        raise ValueError(
            f"cue needs at least one image in each split, {SIDE} rows, and a gap, play and noise from 0 on, not "
            f"{train}, {validation} and {test} images, {height} rows, gap {gap!r}, play {play!r} and noise {noise!r}."
        )
    if span < 0 or span % 4:
        raise ValueError(f"span is 0 or a multiple of 4, not {span!r}.")
    if len(set(digits)) != len(digits) or len(digits) < 2 or not set(digits) <= set(range(10)):
        raise ValueError(f"digits are at least two different ones of 0 to 9, not {tuple(digits)!r}.")
    source = bundled()
    chosen = np.isin(source.target, digits)
    labels = np.searchsorted(np.sort(digits), source.target[chosen])
    images = (source.images[chosen] / 16).astype(np.float32)
    rest, held = stratified(labels, 0.25, seed)
    kept, searched = (rest[rows] for rows in stratified(labels[rest], 0.2, seed))
    scene = Coloured(height, play, gap) if span == 0 else Sides(height, span, gap)

    def split(rows: np.ndarray, count: int, share: float, number: int) -> Split:
        random = np.random.default_rng([seed, number])
        made, counting = draw(scene, images[rows], labels[rows], count, share, random)
        return Split(made + random.normal(0, noise, size=made.shape).astype(np.float32), counting)

    splits = split(kept, train, train_share, 0), split(searched, validation, share, 1), split(held, test, share, 2)
    names = tuple(map(str, sorted(digits)))
    return assemble("cue", splits, names, (height, scene.columns, 3), normalize)


@dataclass(frozen=True)
class Coloured:
    """Without a span: the band's colour is that of the digit that counts."""

    height: int
    play: int
    gap: int

    @property
    def columns(self) -> int:
        return 2 * SIDE + self.play + self.gap + BAND

    def paint(self, image: np.ndarray, cue: int, digits: Sequence[np.ndarray], random: np.random.Generator) -> None:
        """Into a black image (height, columns, 3); the first of the two digits (8, 8) is the one that counts."""
        left, right = np.sort(random.integers(self.play + 1, size=2)) + np.array([0, SIDE])
        places = random.permutation([left, right])
        for digit, column, colour in zip(digits, places, (cue, 1 - cue), strict=True):
            row = random.integers(self.height - SIDE + 1)
            image[row : row + SIDE, column : column + SIDE, colour] = digit
        image[:, -BAND:, cue] = 1


@dataclass(frozen=True)
class Sides:
    """With a span: the red mark is on the side of the digit that counts."""

    height: int
    span: int
    gap: int

    @property
    def columns(self) -> int:
        return 2 * SIDE + 2 * MARK + 4 * self.span + self.gap

    def paint(self, image: np.ndarray, cue: int, digits: Sequence[np.ndarray], random: np.random.Generator) -> None:
        """As `Coloured.paint`; the cue is 0 if the left digit counts, and 1 if the right one does."""
        marks = 2 * SIDE + 2 * self.span + self.gap
        for digit, side, colour in zip(digits, (cue, 1 - cue), (0, 1), strict=True):
            row, column = random.integers(self.height - SIDE + 1), self.span + side * (SIDE + self.span)
            image[row : row + SIDE, column : column + SIDE] = digit[..., None]
            mark = marks + side * (MARK + self.span)
            image[:, mark : mark + MARK, colour] = 1


def draw(
    scene: Coloured | Sides,
    images: np.ndarray,
    labels: np.ndarray,
    count: int,
    share: float,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """So many images of digits that differ in this share of them, (count, height, columns, 3), and their labels."""
    classes = int(labels.max()) + 1
    counting = random.integers(classes, size=count)
    moved = (random.random(count) < share) * random.integers(1, classes, size=count)
    members = [images[labels == label] for label in range(classes)]
    made = np.zeros((count, scene.height, scene.columns, 3), np.float32)
    for image, *both in zip(made, counting, (counting + moved) % classes, strict=True):
        digits = [members[label][random.integers(len(members[label]))] for label in both]
        scene.paint(image, int(random.integers(2)), digits, random)
    return made, counting.astype(np.int32)
