"""From the splits that a source has to train, search-validation and test, checked for leaks and missing classes."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from keras_ean.data.image_data import ImageData, assemble
from keras_ean.data.options import Options
from keras_ean.data.split import Split
from keras_ean.data.statistics import cautions
from keras_ean.data.stratified import first_of_each_class, stratified

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Part:
    """A split as the source has it.

    Args:
        split: The images and labels.
        prints: A number for each image, int64 (n,), which is equal for equal images.
        called: Gives the words by which messages call the image of a row.
    """

    split: Split
    prints: np.ndarray
    called: Callable[[int], object]

    def take(self, rows: np.ndarray) -> "Part":
        return Part(self.split.take(rows), self.prints[rows], lambda row: self.called(int(rows[row])))


def partition(
    name: str,
    parts: dict[str, Part],
    class_names: Sequence[str],
    shape: tuple[int, int, int],
    options: Options,
    report: Sequence[str] = (),
) -> ImageData:
    """The data set. A source with training and validation images only has the latter as its test set.

    Copies of one image stay on one side of every split made here; between splits that the source made itself they
    are warned of.

    Raises:
        ValueError: There are fewer than two classes, or a class has no training images or too few to split.
    """
    report = list(report)
    parts = {split: parts[split] for split in SPLITS if split in parts and len(parts[split].split)}
    if "train" not in parts:
        raise ValueError(f"{name}: there are no training images.")
    if "validation" in parts and "test" not in parts:
        parts["test"] = parts.pop("validation")
    _check_classes(name, parts, class_names, report)
    _check_leaks(name, parts, report)
    drawn = tuple(split for split in SPLITS if split not in parts)
    for split in reversed(drawn):
        train, held_out = parts["train"], getattr(options, split)
        kept, held = stratified(train.split.labels, held_out, options.seed, train.prints, class_names)
        parts["train"], parts[split] = train.take(kept), train.take(held)
    splits = [parts[split].split for split in SPLITS]
    if options.train is not None:
        splits[0] = splits[0].take(first_of_each_class(splits[0].labels, options.train, options.seed))
    data = assemble(name, splits, tuple(class_names), shape, options.normalize, drawn=drawn)
    if splits[0].in_memory:  # Pixels of files have 8 bits.
        for message in cautions(splits[0], dict(zip(SPLITS[1:], splits[1:], strict=True))):
            caution(message, report)
    return replace(data, report=tuple(report))


def caution(message: str, report: list[str]) -> None:
    """Warns, and puts the warning on record."""
    report.append(message)
    warnings.warn(message, UserWarning, stacklevel=2)


def _check_classes(name: str, parts: dict[str, Part], class_names: Sequence[str], report: list[str]) -> None:
    if len(class_names) < 2:
        raise ValueError(f"{name} has one class, {', '.join(class_names)}: classification needs two or more.")
    present = {split: np.bincount(part.split.labels, minlength=len(class_names)) > 0 for split, part in parts.items()}
    for split, has in present.items():
        missing = [class_name for class_name, found in zip(class_names, has) if not found]
        if missing and split == "train":
            raise ValueError(
                f"{name}: no usable training images of class {', '.join(map(repr, missing))}. Add some, or remove "
                "the class" + (" from the other splits." if len(parts) > 1 else ".")
            )
        if missing:
            caution(f"{name}: no {split} images of class {', '.join(map(repr, missing))}.", report)


def leaks(name: str, prints: Mapping[str, np.ndarray], called: Mapping[str, Callable[[int], object]]) -> Iterator[str]:
    """Says of every two splits with images in common how many these are: a network is judged there by what it knows.

    Args:
        name: The name of the data set.
        prints: By split, a number for each image, int64 (n,), which is equal for equal images.
        called: By split, gives the words by which messages call the image of a row.
    """
    for (one, left), (other, right) in combinations(prints.items(), 2):
        common, rows, others = np.intersect1d(left, right, return_indices=True)
        if len(common):
            example = f"{called[one](int(rows[0]))} = {called[other](int(others[0]))}"
            yield f"{name}: {len(common)} image(s) are in both {one} and {other}, for example {example}."


def _check_leaks(name: str, parts: dict[str, Part], report: list[str]) -> None:
    prints, called = ({split: getattr(part, what) for split, part in parts.items()} for what in ("prints", "called"))
    for message in leaks(name, prints, called):
        caution(message, report)
    for split, part in parts.items():
        copies = len(part.prints) - len(np.unique(part.prints))
        if copies:
            report.append(f"{name}: {copies} image(s) of {split} are copies of another one there.")
