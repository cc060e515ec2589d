"""What a run cannot show with its images, said before it starts."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from keras_ean.data import ImageData
from keras_ean.run.config import Config
from keras_ean.run.given_images import ExampleSets
from keras_ean.training.targets import classes_of

NORMAL = 1.96
DIFFERENT = 0.1
"""Share of the images that two networks are taken to answer differently; of similar networks it is often about that."""
FEWEST = {"train": 10, "validation": 5, "test": 5}
"""Images of a class below which it is too small to be learnt, or to be judged by, by split."""


def cautions(config: Config, images: ImageData) -> list[str]:
    """A line for everything that the images are too few for; what they tell of losses, only their scores show."""
    by_loss = config.search.objective == "loss"
    schemes = resolution("validation", len(images.validation), config.tolerance, "two schemes in the search")
    return [
        *([] if by_loss else schemes),
        *resolution("test", len(images.test), config.tolerance, "two networks in the verdict"),
        *small_classes({name: getattr(images, name).labels for name in FEWEST}, images.class_names),
    ]


def cautions_of_examples(tolerance: float, sets: ExampleSets, classes: int | None) -> list[str]:
    """The same of what a given model is judged by, in points of an accuracy.

    Args:
        tolerance: The tolerance of the configuration.
        sets: The examples of every split.
        classes: How many classes the model has, if it is judged by the share of images of which it names the class.
    """
    if classes is None:
        return []
    labels = {name: classes_of(getattr(sets, name).targets, classes) for name in FEWEST}
    known = {name: found for name, found in labels.items() if found is not None}
    return [
        *resolution("validation", len(sets.validation), tolerance, "two schemes in the search"),
        *resolution("test", len(sets.test), tolerance, "two networks in the verdict"),
        *small_classes(known, sets.class_names or [str(label) for label in range(classes)]),
    ]


def resolution(split: str, number: int, tolerance: float, what: str) -> list[str]:
    """Whether so many images tell differences of the tolerance, in points of accuracy, from chance.

    Of two networks that answer a share `DIFFERENT` of the images differently, the difference in accuracy has that
    variance by image, so 95 % of its values lie within 1.96 √(share / images).

    Example:
        >>> resolution("test", 100_000, 0.5, "two networks")
        []
    """
    told = 100 * NORMAL * math.sqrt(DIFFERENT / number)
    if told <= tolerance:
        return []
    # A tolerance of 0 asks for more images than there are.
    wanted = f"about {math.ceil(DIFFERENT * (100 * NORMAL / tolerance) ** 2 / 1000) * 1000:,}" if tolerance else "more"
    return [
        f"{number:,} {split} images tell {what} apart from about {told:.1f} points on; for the tolerance of "
        f"{tolerance:g} points, {wanted} would be needed."
    ]


def small_classes(labels: Mapping[str, np.ndarray], class_names: Sequence[str]) -> list[str]:
    """Classes that a split has few images of, or none.

    Args:
        labels: The labels of the images, by split.
        class_names: One per label.

    Example:
        >>> small_classes({"test": np.array([0] * 9 + [1] * 2)}, ["cat", "dog"])
        ["Fewer than 5 test images of class 'dog' (2)."]
    """
    found = []
    for name, given in labels.items():
        counts = np.bincount(given, minlength=len(class_names))
        small = [label for label in np.argsort(counts, kind="stable") if counts[label] < FEWEST[name]]
        if small:
            listed = ", ".join(f"{class_names[label]!r} ({counts[label]})" for label in small[:5])
            more = f" and {len(small) - 5} more" if len(small) > 5 else ""
            called = "training" if name == "train" else name
            found.append(f"Fewer than {FEWEST[name]} {called} images of class {listed}{more}.")
    return found


def no_batch(courses: Sequence[tuple[str, int, int]]) -> None:
    """ValueError where training images do not fill one batch.

    Args:
        courses: (key of the configuration, images, images of a batch) of every training that leaves out what does not
            fill a batch.
    """
    for key, images, batch in courses:
        if images < batch:
            raise ValueError(
                f"{images} training images do not fill a batch of {batch}: set {key}.batch_size to {images} or less."
            )
