"""A task on which attention must pay, and only a late block can find out what the others need: a spacing to compare."""

from dataclasses import dataclass

import numpy as np

from keras_ean.data.image_data import ImageData, assemble
from keras_ean.data.source_registry import register
from keras_ean.data.split import Split

SIDE, INK = 8, 0.7
"""Of a digit in rows and columns, and the brightest value that one has."""


@register("spacing")
def load_spacing(
    seed: int = 0,
    train: int = 6000,
    validation: int = 1000,
    test: int = 2000,
    share: float = 0.75,
    taught: float = 0.5,
    near: int = 6,
    far: int = 10,
    count: int = 4,
    gap: int = 27,
    noise: float = 0.05,
    play: int = 6,
    normalize: bool = False,
) -> ImageData:
    """Makes a task that needs attention in a late block: of a red and a green row of digits, the one counts that a blue
    row far to the right asks for, and all that counts is how far apart the digits of a row stand.

    An image is (8, columns, 3), in [0, 1] but for the noise. Each row has `count` digits, drawn by lot, with `near` or
    `far` empty columns between them; red and green stand in the same part of the image, each in its own channel. The
    label is 0, near, or 1, far: the spacing of the red row where the blue one is near, of the green row where it is
    far.

    A convolution sees no farther than its receptive field. No place of a network sees the blue row and another one
    while `gap` is wider than that, so a network without attention is right in at most 1 − share / 2 of the images; a
    gate, which is computed from pooled features, lifts that limit. But a block whose receptive field is at most
    `near` + 1 columns sees no two digits at once, in no row, and no digit together with the border. For it the
    images of both labels, and both cues, are alike. Receptive fields after each block of a CIFAR ResNet are 7, 13 and
    25 columns in a ResNet-8, and 7, 11, 15, 21, 29, 37, 49, 65 and 81 in a ResNet-20, for which near=20, far=28 and
    gap=83 make the first four blocks blind.

    To compare two spacings is not learnt from images that need it alone, since a gate that knows no spacing yet has
    nothing to begin with. So a part of the training images, `taught`, has a blue row only, and the label is its own
    spacing. Validation and test images have all three rows. Of the blocks that are not blind, it is the last one that
    learns the task, for its features are those that the classifier tells the spacings by: benchmarks/data.md has what
    was measured.

    This is a made-up task for judging searches and verdicts, not a picture of natural images: it says nothing about
    where attention pays in them. The digits of the three splits are different ones, those of scikit-learn, but a digit
    is in many images of its split.

    Args:
        seed: The seed of everything random.
        train, validation, test: The number of images in each split.
        share: The share of the images in which the red and the green row have different spacings, so that the blue one
            is needed, 0 … 1; attention can gain at most half of it in accuracy.
        taught: The share of the training images that have a blue row only, 0 … 1.
        near, far: The numbers of empty columns between two digits; they differ by a multiple of 4, so that digits fall
            alike on the grids of strides up to 4.
        count: The number of digits in a row, at least two.
        gap: The number of columns between the part of the red and green rows and that of the blue one.
        noise: The standard deviation of the Gaussian noise on every value.
        play: The number of columns that the longest row leaves free of its part, which lets it stand at random places.
        normalize: Whether `Split.arrays` and `Split.batches` subtract the training images' means by channel and divide
            by their standard deviations.

    Raises:
        ValueError: A number is out of its range.

    Example:
        >>> print(load_spacing(train=40, validation=8, test=8))
        spacing: train 40, validation 8, test 8; 2 classes, 8×175×3
    """
    from sklearn.datasets import load_digits as bundled

    for name, part in (("share", share), ("taught", taught)):
        if not 0 <= part <= 1:
            raise ValueError(f"{name} is a part of the images, from 0 to 1, not {part!r}.")
    if min(train, validation, test) < 1 or min(gap, play) < 0 or not noise >= 0:
        raise ValueError(
            "spacing needs at least one image in each split, and a gap, play and noise from 0 on, not "
            f"{train}, {validation} and {test} images, gap {gap!r}, play {play!r} and noise {noise!r}."
        )
    if count < 2 or not 0 <= near < far or (far - near) % 4:
        raise ValueError(
            "A row has at least two digits, and far is near plus a multiple of 4, from near 0 on, not "
            f"{count!r} digits, near {near!r} and far {far!r}."
        )
    layout = Layout(near, far, count, gap, play)
    digits = np.random.default_rng(seed).permutation((bundled().images / 16).astype(np.float32))
    bounds = [3 * len(digits) // 5, 3 * len(digits) // 4]
    parts = zip(np.split(digits, bounds), (train, validation, test), (taught, 0.0, 0.0), strict=True)
    splits = []
    for number, (pool, images, part) in enumerate(parts):
        random = np.random.default_rng([seed, number])
        made, labels = draw(pool, images, share, part, layout, random)
        splits.append(Split(made + random.normal(0, noise, size=made.shape).astype(np.float32), labels))
    return assemble("spacing", tuple(splits), ("near", "far"), (SIDE, layout.columns, 3), normalize)


@dataclass(frozen=True)
class Layout:
    """Where things are: the empty columns between digits, of which a row has `count`, and between the two parts."""

    near: int
    far: int
    count: int
    gap: int
    play: int

    @property
    def room(self) -> int:
        """Columns of a part of the image: the longest row, and its play."""
        return self.length(self.far) + self.play

    @property
    def columns(self) -> int:
        """Of the image: two parts, the gap between them, and a border that no blind window sees a digit over."""
        return 2 * (self.near + self.room) + self.gap

    def length(self, apart: int) -> int:
        """Columns of a row."""
        return SIDE * self.count + apart * (self.count - 1)

    def begin(self, right: bool) -> int:
        """The first column of the part of the blue row, or of the others."""
        return self.near + right * (self.room + self.gap)


def draw(
    digits: np.ndarray,
    images: int,
    share: float,
    taught: float,
    layout: Layout,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """So many images without noise, (images, 8, columns, 3), in this share of which the red and the green row differ;
    their labels. In a part of them, `taught`, the blue row stands alone, and the label is its own spacing."""
    red, blue = random.integers(2, size=(2, images))
    green = np.where(random.random(images) < share, 1 - red, red)
    alone = random.random(images) < taught
    labels = np.where(alone, blue, np.where(blue == 0, red, green)).astype(np.int32)
    made = np.zeros((images, SIDE, layout.columns, 3), np.float32)
    for image, shown in enumerate(np.stack([red, green, blue], axis=1)):
        for channel in (2,) if alone[image] else (0, 1, 2):
            apart = layout.far if shown[channel] else layout.near
            column = layout.begin(channel == 2) + random.integers(layout.room - layout.length(apart) + 1)
            for _ in range(layout.count):
                made[image, :, column : column + SIDE, channel] = INK * digits[random.integers(len(digits))]
                column += SIDE + apart
    return made, labels
