"""What a run is given in Python rather than named in its configuration."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import keras

from keras_ean.data import ImageData
from keras_ean.run.config import Config
from keras_ean.run.folder import RunFolder
from keras_ean.run.given_images import ExampleSets, GivenImages, as_sets, check_classes, photographs, prepared
from keras_ean.run.model_source import GIVEN_IMAGES
from keras_ean.run.open_model import application_size, known_pixels
from keras_ean.run.plugged import PluggedArchitecture


@dataclass(frozen=True, eq=False)
class Given:
    """A trained model and its examples.

    Args:
        model: The model, compiled unless the configuration says `model.loss`.
        sets: The examples to train, search and test on.
    """

    model: keras.Model
    sets: ExampleSets


def images_of(
    config: Config, folder: RunFolder, given: Given | None, architecture: Callable[[], PluggedArchitecture]
) -> GivenImages:
    """The images of a run of a given model, read when they are needed.

    Args:
        config: The configuration of the run.
        folder: The folder of the run.
        given: What was given in Python, if it was.
        architecture: A function that gives what has the model; it is called when photographs are brought to what the
            model takes.

    Raises:
        FileNotFoundError, ValueError: Files are missing, or something else is wrong that can be known before images are
            read.
    """
    source = config.model
    assert source is not None
    if config.data.name == GIVEN_IMAGES:
        return GivenImages(lambda: _given(given, folder), folder)

    @cache
    def found() -> Any:
        size = application_size(source) if source.application else architecture().size
        return prepared(config.data, size)

    def read() -> ExampleSets:
        data, own = found(), architecture()
        if not isinstance(data, ImageData):
            return as_sets(data)
        shapes, loss = [tuple(output.shape[1:]) for output in own.model.outputs], own.task.arguments["loss"]
        check_classes(data, shapes, loss)
        sets = photographs(data, known_pixels(source, own.model), loss)
        return sets if shapes == [(data.classes,)] else replace(sets, class_names=())

    def classes() -> int:
        if not isinstance(found(), ImageData):
            raise ValueError(
                "A model of keras.applications is made for as many classes as there are folders of photographs, and a "
                "function has none: give --data a folder, or a function that makes the model, module:function."
            )
        return found().classes

    return GivenImages(read, folder, classes)


def _given(given: Given | None, folder: RunFolder) -> ExampleSets:
    if given is None:
        raise ValueError(
            f"The images of {folder.path} were given in Python: go on with the same call of ean.improve, or Run(…, "
            "given=…)."
        )
    return given.sets
