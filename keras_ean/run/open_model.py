"""Opening the model that a configuration names, and what it takes photographs as."""

import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_ean.run.model_file import load_model
from keras_ean.run.model_source import ModelSource, check_model, is_function
from keras_ean.run.pixels import Pixels


def open_model(source: ModelSource, classes: Callable[[], int]) -> keras.Model:
    """The model.

    Args:
        source: The section "model" of the configuration.
        classes: A function that gives the number of classes; it is called if the model is made for them.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: There is no such module.
        ValueError: The function gives no model, or the weights are those of another one.
    """
    if source.application:
        model = _application(source, classes())
    elif is_function(source.name):
        model = called(source.name)
        if not isinstance(model, keras.Model):
            raise ValueError(f"model: {source.name} gives {type(model).__name__}, not a keras.Model.")
    else:
        check_model(source)
        model = load_model(Path(source.name), source.imports, source.unsafe, compiled=True)
    if source.weights is not None:
        _load_weights(model, source)
    return model


def _load_weights(model: keras.Model, source: ModelSource) -> None:
    with warnings.catch_warnings():  # Keras names what is skipped; what an optimizer has gathered is not needed,
        warnings.filterwarnings("ignore", "Skipping ")  # and anything else that is skipped is an error.
        try:
            model.load_weights(source.weights)
        except (ValueError, OSError, KeyError) as error:
            shapes = f"{model.name!r}, which gives {model.output_shape} and has {model.count_params():,} parameters"
            said = " ".join(str(error).partition("List of objects")[0].split())
            raise ValueError(
                f"{source.weights} does not hold the weights of the model {shapes}: {said} A file of weights is that "
                "of this very model, with the same size of images, and its head for these classes. For weights of "
                "another head, train the model with its new head first, and give its .keras file."
            ) from error


def application_size(source: ModelSource) -> tuple[int, int, int]:
    """(height, width, channels) that it takes."""
    if source.size is not None:
        return (*source.size, 3)
    return _application(source, 2).input_shape[1:]


def _maker(source: ModelSource) -> Callable[..., keras.Model]:
    check_model(source)
    return getattr(keras.applications, source.name.partition(":")[2])


def _application(source: ModelSource, classes: int) -> keras.Model:
    shape = None if source.size is None else (*source.size, 3)
    model = _maker(source)(weights=None, classes=classes, input_shape=shape)
    # Its head is made here, classes with a softmax, so its loss is known.
    model.compile(
        "adam", source.loss or "sparse_categorical_crossentropy", metrics=list(source.metrics) or ["accuracy"]
    )
    return model


def known_pixels(source: ModelSource, model: keras.Model) -> Pixels:
    """What photographs have to be brought to for the model.

    Raises:
        ValueError: Neither the configuration nor the model tells it.
    """
    if source.pixels is not None:
        return source.pixels
    scaling = (keras.layers.Rescaling, keras.layers.Normalization)
    if any(isinstance(layer, scaling) for layer in model.layers[:4]):
        return "0..255"
    if source.application:
        return application_pixels(source.name.partition(":")[2])
    raise ValueError(
        f"The model {model.name!r} does not scale its images itself: say what it was trained on, with model.pixels "
        "or --pixels: 0..255, 0..1, -1..1, torch (ImageNet's mean and deviation), caffe, or normalized (what "
        "ean.data.load gives)."
    )


def application_pixels(name: str) -> Pixels:
    """What the `preprocess_input` of a model of keras.applications gives."""
    modules = [value for value in vars(keras.applications).values() if hasattr(value, "preprocess_input")]
    module = next(value for value in modules if hasattr(value, name))
    low, high = module.preprocess_input(np.array([[[[0.0] * 3, [255.0] * 3]]], "float32"))[0, 0]
    kinds: dict[tuple, Pixels] = {(0, 255): "0..255", (-1, 1): "-1..1", (0, 1): "0..1"}
    return kinds.get((round(float(low[0])), round(float(high[0]))), "caffe" if high[0] > 10 else "torch")


def called(name: str) -> Any:
    """What the function `module:function` returns; the working directory is looked into as well.

    Raises:
        ImportError: There is no such module, or no such function in it.
    """
    module, _, function = name.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    found = importlib.import_module(module)
    if not callable(getattr(found, function, None)):
        raise ImportError(f"The module {module!r} has no function {function!r}.")
    return getattr(found, function)()
