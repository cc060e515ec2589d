"""The images of a run whose model was given: its targets are whatever the model is trained on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import keras
import numpy as np

from keras_ean import data as datasets
from keras_ean.data import ImageData, Split
from keras_ean.data.digest import digest
from keras_ean.data.examples import Examples, read_examples
from keras_ean.data.loading import options_of
from keras_ean.data.partition import SPLITS, caution, leaks
from keras_ean.data.statistics import fingerprints
from keras_ean.exporting import Preprocess
from keras_ean.run.config import Named
from keras_ean.run.folder import RunFolder
from keras_ean.run.kept_images import Facts, KeptImages, spread
from keras_ean.run.model_source import is_function
from keras_ean.run.open_model import called
from keras_ean.run.pixels import SCALED, Pixels
from keras_ean.run.subjects import Subjects
from keras_ean.training.targets import BINARY, ONE_HOT, SPARSE, loss_name

TRAIN = SPLITS[0]
Size = tuple[int | None, int | None, int | None]
SCALE = 20
"""Times that the numbers of one split may be larger than those of another before somebody is asked about it."""


@dataclass(frozen=True, eq=False)
class ExampleSets:
    """Training, search-validation and test examples.

    Args:
        train, validation, test: The examples of each split, in memory.
        class_names: The name of each class, in the order of the labels; empty where labels have none.
        preprocess: The way from pixels to what the network takes; None where it is not known.
        report: What was skipped or changed while loading.
        subjects: What the images show, where several show the same.
    """

    train: Examples
    validation: Examples
    test: Examples
    class_names: tuple[str, ...] = ()
    preprocess: Preprocess | None = None
    report: tuple[str, ...] = ()
    subjects: Subjects | None = None

    @classmethod
    def read(cls, sets: Mapping[str, Any]) -> "ExampleSets":
        """Reads data by split, in all forms of `read_examples`; images that two splits have in common are warned of.

        Examples are brought into an order of their own, so that data sets that are shuffled whenever they are read are
        the same ones, and what networks answer to the test images is paired, whichever order they come in.

        Raises:
            ValueError: A split is missing, or its data are of another form.
        """
        missing = [name for name in SPLITS if sets.get(name) is None]
        if missing:
            raise ValueError(
                f"There are no images for {' and '.join(missing)}: give train=, validation= and test=, of which the "
                "model should have seen the first alone."
            )
        read = {name: read_examples(sets[name], f"{name} images") for name in SPLITS}
        report: list[str] = []
        called = {name: f"{name} image {{}}".format for name in SPLITS}
        known = {name: prints(examples.inputs) for name, examples in read.items()}
        for message in leaks("The data", known, called):
            caution(message, report)
        for message in other_scales({name: examples.inputs for name, examples in read.items()}):
            caution(message, report)
        train, validation, test = (in_own_order(read[name], known[name]) for name in SPLITS)
        return cls(train, validation, test, report=tuple(report))

    @property
    def described(self) -> str:
        """Says in a few words what the images are."""
        sizes = ", ".join(f"{name} {len(getattr(self, name)):,}" for name in SPLITS)
        return f"{sizes}, in memory"

    @cached_property
    def digests(self) -> dict[str, str]:
        """What stands for the examples of every split."""
        return {name: digest(keras.tree.flatten(getattr(self, name).parts())) for name in SPLITS}


class GivenImages(KeptImages[ExampleSets]):
    """Examples of a run, as its model takes them.

    Args:
        read: A function that reads the examples.
        folder: The folder of the run, in which facts and sample are kept.
        classes: The number of classes, for a model that is made for them.
    """

    def __init__(self, read: Callable[[], ExampleSets], folder: RunFolder, classes: Callable[[], int] = lambda: 0):
        super().__init__(folder)
        self._read, self.classes = read, classes

    def read(self) -> ExampleSets:
        return self._read()

    def facts_of(self, data: ExampleSets) -> Facts:
        shape = tuple(keras.tree.flatten(data.test.inputs)[0].shape[1:])
        if data.preprocess is None:  # Without it an export takes its images as the model does, and names no classes.
            return Facts(shape, (), Preprocess())
        return Facts(shape, data.class_names, data.preprocess)

    def sample_of(self, data: ExampleSets, number: int) -> Any:
        return data.test.take(spread(len(data.test), number)).inputs

    def digests_of(self, data: ExampleSets) -> dict[str, str]:
        return data.digests

    def subjects_of(self, data: ExampleSets) -> Subjects | None:
        return data.subjects

    def test_images(self, rows: np.ndarray) -> np.ndarray | None:
        """The test images of these rows, as the model takes them; None if it takes anything but images of 1 or 3
        channels.
        """
        inputs = self.data.test.take(rows).inputs
        pictures = isinstance(inputs, np.ndarray) and inputs.ndim == 4 and inputs.shape[-1] in (1, 3)
        return inputs if pictures else None


def other_scales(inputs: Mapping[str, Any]) -> list[str]:
    """Says where images have numbers of another size than those of training, such as 0 … 255 where these have 0 … 1.

    Args:
        inputs: An array by split, or a structure of arrays, all of one kind.
    """
    largest = {name: [float(np.abs(x).max()) for x in keras.tree.flatten(given)] for name, given in inputs.items()}
    own = largest[TRAIN]
    return [
        f"The {name} images have numbers of up to {there:.3g}, but the {TRAIN} images of up to {here:.3g}: are they "
        "scaled alike?"
        for name, values in largest.items()
        for here, there in zip(own, values)
        if max(here, there) > SCALE * min(here, there) > 0
    ]


def prints(structure: Any) -> np.ndarray:
    """int64 (n,), equal for equal rows of all arrays of a structure."""
    [first, *others] = map(fingerprints, keras.tree.flatten(structure))
    return fingerprints(np.stack([first, *others], axis=1)) if others else first


def in_own_order(examples: Examples, known: np.ndarray) -> Examples:
    """The same examples in an order that depends on nothing but themselves.

    Args:
        examples: The examples in any order.
        known: `prints` of their inputs; of equal ones the others decide.
    """
    return examples.take(np.lexsort((prints(examples.parts()[1:]), known)))


def prepared(source: Named, size: Size | None) -> Any:
    """The data that a configuration names: what a function `module:function` gives, or `images_for` that size."""
    if is_function(source.name):
        return called(source.name)
    return images_for(source.name, source.options, size)


def images_for(source: str, options: Mapping[str, Any], size: Size | None) -> ImageData:
    """Photographs of 0 … 1, or as they are stored, that a model takes.

    Args:
        source: The name or the path of a data set.
        options: Its options.
        size: The height, width and channels that the model takes, None where they are open. Images are brought to
            them, unless their source has no option for it, or `options` say otherwise.

    Raises:
        ValueError: The images are of another size in the end.
    """
    wanted = {} if size is None or None in size else {"size": size[:2], "channels": size[2]}
    known = options_of(source)
    given = {key: value for key, value in wanted.items() if key in known}
    found = datasets.load(source, **{**given, **options})
    if size is not None and wanted and found.shape != size:
        own = ", ".join(f"{key}={options[key]}" for key in wanted if key in options)
        there, taken = ("×".join(map(str, shape)) for shape in (found.shape, size))
        raise ValueError(
            f"{found.name} has images of {there}, but the model takes {taken}: leave out {own}, which the model knows."
            if own
            else f"{found.name} has images of {there}, of no other size, but the model takes {taken}: take photographs "
            "in folders, which are brought to that size, or a model for these images."
        )
    plain = {name: replace(getattr(found, name), normalize=False) for name in SPLITS}
    return replace(found, **plain)


def as_sets(found: Any) -> ExampleSets:
    """What a function of the user's gives: three data sets, in a tuple or a dict by split."""
    if isinstance(found, tuple | list) and len(found) == 3:
        found = dict(zip(SPLITS, found))
    if not isinstance(found, Mapping):
        raise ValueError(
            f"A function that makes the data gives (train, validation, test), or a dict of these, not {type(found)}."
        )
    return ExampleSets.read(found)


def check_classes(found: ImageData, outputs: Sequence[tuple[int | None, ...]], loss: Any) -> None:
    """ValueError where a classifier knows another number of classes than there are folders of photographs.

    Args:
        found: The photographs that were found, with their classes.
        outputs: The shapes of the model's outputs for one image.
        loss: The loss that the model is compiled with.
    """
    known = {SPARSE: outputs[0][-1:], ONE_HOT: outputs[0][-1:], BINARY: (2,)}.get(loss_name(loss), ())
    if len(outputs) == 1 and len(outputs[0]) == 1 and known and known != (found.classes,):
        raise ValueError(
            f"{found.name} has photographs of {found.classes} classes, {', '.join(found.class_names)}, but the model "
            f"knows {known[0]}. A class is a folder, and their names in order are the model's outputs: give one folder "
            "for each class that the model was trained for, or a model made for these classes."
        )


def photographs(found: ImageData, pixels: Pixels, loss: Any) -> ExampleSets:
    """Photographs in the range and with the labels that a model and its loss take."""
    report = list(found.report)
    if found.drawn:
        caution(
            f"{found.name} has no {' and no '.join(found.drawn)} images of its own, so they were drawn from all "
            "images. If the model was trained on some of them, it knows them, and the run judges it too well: sort the "
            "images into the folders train, val and test, of which the model has seen the first alone.",
            report,
        )
    one_hot = loss_name(loss) == ONE_HOT

    def examples(split: Split) -> Examples:
        images, labels = split.arrays()
        targets = keras.utils.to_categorical(labels, found.classes) if one_hot else labels
        return Examples(in_range(images, pixels, found), targets)

    train, validation, test = (examples(getattr(found, name)) for name in SPLITS)
    return ExampleSets(
        train, validation, test, found.class_names, _preprocess(found, pixels), tuple(report), Subjects.of(found)
    )


def in_range(images: np.ndarray, pixels: Pixels, found: ImageData) -> np.ndarray:
    """Images of 0 … 1, of a data set or like its own, as a model takes them."""
    if pixels == "caffe":
        return keras.applications.imagenet_utils.preprocess_input(255 * images, mode="caffe").astype("float32")
    mean, std = _scaled(found, pixels)
    return ((images - np.asarray(mean)) / np.asarray(std)).astype("float32")


def _scaled(found: ImageData, pixels: Pixels) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return (found.mean, found.std) if pixels == "normalized" else SCALED[pixels]


def _preprocess(found: ImageData, pixels: Pixels) -> Preprocess | None:
    if pixels == "caffe":  # Which turns the channels round; an export takes its images as the model does.
        return None
    mean, std = _scaled(found, pixels)
    return replace(Preprocess.of(found), mean=mean, std=std)
