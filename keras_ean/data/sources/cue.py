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
    """Makes a task that needs attention: of two digits, one red and one green, the one of the colour of a cue far to
    the right counts.

    An image is (height, columns, 3), in [0, 1] but for the noise: the digits stand side by side at random places in the
    left 16 + play columns, and the label is the digit of the cue's colour. The cue is

    - without a span, a band of six columns, all red or all green;
    - with one, two marks of four columns each, one red and one green, of which the left one's colour counts. Between
      them and right of them are `span` empty columns.

    A convolution sees no farther than its receptive field: while that does not reach over `gap`, no place of the
    network sees a digit and the cue together, and global pooling at the end comes too late to tell whose colour counts.
    A gate that is computed from pooled features carries what it knows to every place. So a network without attention
    can do no better than name either digit: its accuracy is at most 1 − share / 2, and attention in the right block
    removes that limit. The receptive field of a ResNet-8 for CIFAR spans 25 columns (`gap` 27), that of a ResNet-20
    81 (`gap` 83).

    The right block is one that knows the cue, and after which the network still has to tell digits apart; the earlier,
    the sooner it is learnt. A band is known everywhere. Of two marks, a block whose receptive field is at most span + 1
    knows that there is a red one and a green one, and nothing of their order; but a block that knows which digit is red
    may tell that to the place of the cue instead. benchmarks/data.md has what was measured.

    This is a made-up task for judging searches and verdicts, not a picture of natural images: it says nothing about
    where attention pays in them. The digits of the three splits are different ones, but an image of a digit is in many
    images of its split.

    Args:
        seed: The seed of everything random.
        train, validation, test: The number of images in each split.
        share: The share of the images in which the digits are different, so that the cue is needed, 0 … 1; attention
            can gain at most half of it in accuracy.
        train_share: The same share of the training images, if it should be another: a small effect on images of which
            few need the cue is learnt from images that need it. None takes `share`.
        gap: The number of columns between the digits' part and the cue.
        span: The number of empty columns after each mark, a multiple of 4, so that both marks are alike to a network of
            strides up to 4; 0 makes the cue a band.
        noise: The standard deviation of the Gaussian noise on every value.
        digits: The classes: at least two different digits of 0 … 9.
        height: The number of rows, at least the 8 of a digit; the digits stand at random heights.
        play: The number of columns that the digits leave free of the left part, which lets them stand at random places.
        normalize: Whether `Split.arrays` and `Split.batches` subtract the training images' means by channel and divide
            by their standard deviations.

    Raises:
        ValueError: A number is out of its range, or `digits` are no classes.

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
    layout = Layout(height, 2 * SIDE + play, gap, span)

    def split(rows: np.ndarray, count: int, share: float, number: int) -> Split:
        random = np.random.default_rng([seed, number])
        made, counting = draw(images[rows], labels[rows], count, share, layout, random)
        return Split(made + random.normal(0, noise, size=made.shape).astype(np.float32), counting)

    splits = split(kept, train, train_share, 0), split(searched, validation, share, 1), split(held, test, share, 2)
    names = tuple(map(str, sorted(digits)))
    return assemble("cue", splits, names, (height, layout.columns, 3), normalize)


@dataclass(frozen=True)
class Layout:
    """Where things are: rows, columns of the digits, columns between them and the cue, and between the cue's marks."""

    height: int
    room: int
    gap: int
    span: int

    @property
    def columns(self) -> int:
        return self.room + self.gap + (2 * (MARK + self.span) if self.span else BAND)

    def cue(self, colour: int) -> np.ndarray:
        """The part right of the gap, (columns, 3), if the digit of this colour counts, 0 or 1."""
        shown = np.zeros((self.columns - self.room - self.gap, 3), np.float32)
        if self.span == 0:
            shown[:, colour] = 1
        else:
            shown[:MARK, colour] = 1
            shown[MARK + self.span : 2 * MARK + self.span, 1 - colour] = 1
        return shown


def draw(
    images: np.ndarray,
    labels: np.ndarray,
    count: int,
    share: float,
    layout: Layout,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """So many images without noise, (count, height, columns, 3), in this share of which the digits differ; labels."""
    classes = int(labels.max()) + 1
    counting = random.integers(classes, size=count)
    other = (counting + (random.random(count) < share) * random.integers(1, classes, size=count)) % classes
    rows = random.integers(layout.height - SIDE + 1, size=(count, 2))
    columns = np.sort(random.integers(layout.room - 2 * SIDE + 1, size=(count, 2)), axis=1) + np.array([0, SIDE])
    left, colour = random.integers(2, size=(2, count))  # Is the counting digit left, and is it green?
    members = [np.flatnonzero(labels == label) for label in range(classes)]
    made = np.zeros((count, layout.height, layout.columns, 3), np.float32)
    for index in range(count):
        for label, place, channel in (
            (counting[index], left[index], colour[index]),
            (other[index], 1 - left[index], 1 - colour[index]),
        ):
            row, column = rows[index, place], columns[index, place]
            digit = images[members[label][random.integers(len(members[label]))]]
            made[index, row : row + SIDE, column : column + SIDE, channel] = digit
        made[index, :, layout.room + layout.gap :] = layout.cue(colour[index])
    return made, counting.astype(np.int32)
