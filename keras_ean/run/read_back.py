"""Whether what is going to be trained can be kept: saved, read back, and computing what the given model does."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_ean.graph.copying import first_line, own_objects
from keras_ean.training.scorer import tensors

CLOSE, CLOSE_IN_HALF = 1e-3, 3e-2
"""The most that outputs may differ, in parts of the largest one: of the same sums in another order, in float32 or
where some layers compute in 16 bits."""
CURE = (
    "let its get_config give all arguments of __init__, and let __init__ and build take lists for tuples, as in files."
)


def check_read_back(model: keras.Model, plugged: keras.Model, load: Callable[[Path], keras.Model], inputs: Any) -> None:
    """Refuses a model whose plugged networks would be lost, or not be what they were, after hours of training.

    A network is kept as a `.keras` file, which makes every layer anew from its configuration. A layer may not stand
    that, or may come back with other options than it had.

    Args:
        model: The model as it was given.
        plugged: The model with attention that starts as the identity, so that it computes the same.
        load: Reads a file as the run does.
        inputs: A few inputs, which both models are given.

    Raises:
        ValueError: It cannot be saved or read back, or its outputs are others than the model's; with the layer.
    """
    start = f"With attention the model {model.name!r} could not be kept: "
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plugged.keras"
        try:
            plugged.save(file)
            found = load(file)
        except Exception as error:  # Whatever a layer of the user's raises.
            raise ValueError(start + (unreadable(plugged) or first_line(error))) from error
    if _differs(model, model, inputs):  # It draws something at inference.
        return
    if _differs(model, found, inputs):
        raise ValueError(start + (_changed(model, found, inputs) or "read back from a file, its outputs are others."))


def unreadable(network: keras.Model) -> str | None:
    """The first layer that cannot be made anew from a file, and why; None if each of them can."""
    with keras.saving.custom_object_scope(own_objects(network)):
        for layer in network.layers:
            try:
                config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
                keras.saving.deserialize_keras_object(config, safe_mode=False)
            except Exception as error:  # The class may be anybody's.
                return f"its layer {_called(layer)} cannot be read back: {first_line(error)} To cure it, {CURE}"
    return None


def _changed(model: keras.Model, found: keras.Model, inputs: Any) -> str | None:
    """The first layer of the model that gives something else in the plugged one."""
    own = {layer.name: layer for layer in model.layers}
    for layer in found.layers:
        try:
            outputs = [one.output for one in (own[layer.name], layer)]
        except (KeyError, AttributeError):  # Attention; or a layer that is called several times.
            continue
        first, second = (keras.Model(of.inputs, output) for of, output in zip((model, found), outputs))
        if _differs(first, second, inputs):
            return f"its layer {_called(own[layer.name])} computes something else when it is made anew: {CURE}"
    return None


def _differs(first: keras.Model, second: keras.Model, inputs: Any) -> bool:
    """Whether two models give different outputs."""
    half = any(layer.compute_dtype in ("float16", "bfloat16") for layer in first._flatten_layers())
    flat = [
        [keras.ops.convert_to_numpy(output).astype("float64") for output in keras.tree.flatten(model(given))]
        for model in (first, second)
        for given in [tensors(inputs)]
    ]
    share = CLOSE_IN_HALF if half else CLOSE
    return any(
        one.shape != other.shape or np.abs(one - other).max() > share * max(1e-6, np.abs(one).max())
        for one, other in zip(*flat, strict=True)
    )


def _called(layer: keras.layers.Layer) -> str:
    return f"{layer.name!r} ({type(layer).__name__})"
