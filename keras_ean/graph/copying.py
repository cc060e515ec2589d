"""New copies of operations, and of the weights of layers."""

import inspect
from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def copy_operation(operation: Callable, name: str, **options) -> Callable:
    """A new operation with the same configuration, but for the `options`, and no weights yet, called `name`.

    Raises:
        ValueError: The operation has no configuration, or cannot be made from it.
    """
    if not isinstance(operation, keras.Operation):
        return operation
    if isinstance(operation, keras.layers.Lambda):
        # From the functions themselves, since Keras refuses to read Python code back from a configuration.
        options = {"mask": operation.mask, "arguments": operation.arguments, "dtype": operation.dtype_policy}
        return keras.layers.Lambda(operation.function, operation._output_shape, name=name, **options)
    kind = f"{operation.name!r} ({type(operation).__name__})"
    try:
        config = operation.get_config()
    except NotImplementedError as error:
        if not without_options(operation):
            raise ValueError(
                f"A copy of a model makes every layer anew through get_config, but {kind} does not implement it. Add "
                "get_config to the class."
            ) from error
        config = {"dtype": operation.dtype_policy.name, "trainable": operation.trainable}
    try:
        with keras.saving.custom_object_scope(own_objects(operation)):
            copy = type(operation).from_config({**config, "name": name, **options})
    except Exception as error:  # The class may be anybody's.
        raise ValueError(
            f"A copy of a model makes every layer anew through get_config and from_config, but {kind} cannot be made "
            f"from its own configuration. {first_line(error)}"
        ) from error
    copy.name = name  # Some layers add to the name that they are given.
    for key, value in vars(operation).items():
        # Of a function that is called as one of Keras's own, such as "relu", Keras has taken its own.
        taken = vars(copy).get(key)
        if inspect.isfunction(value) and inspect.isfunction(taken) and _is_own(value) and not _is_own(taken):
            setattr(copy, key, value)
    return copy


def first_line(error: Exception) -> str:
    """The reason at the bottom of Keras's long errors, which repeat a whole configuration."""
    text = str(error)
    line = " ".join((text.rpartition("Exception encountered: ")[2].strip() or text).split()).partition(" Example:")[0]
    return f"{type(error).__name__}: {line[:200]}{'' if line.endswith('.') else '.'}"


def _is_own(thing: Any) -> bool:
    """Whether a class or function is the user's."""
    return thing.__module__.partition(".")[0] not in ("keras", "keras_ean")


def own_objects(operation: keras.Operation) -> dict[str, Any]:
    """The user's own classes and functions that a layer or a model is made of, by name: Keras finds a class or an
    activation in a configuration only if it is registered, or named in `keras.saving.custom_object_scope`."""
    layers = operation._flatten_layers() if isinstance(operation, keras.layers.Layer) else [operation]
    values = [*layers, *(value for layer in layers for value in vars(layer).values())]
    things = [value if inspect.isfunction(value) else type(value) for value in values]
    return {
        thing.__name__: thing
        for thing in things
        if (inspect.isfunction(thing) or hasattr(thing, "get_config")) and _is_own(thing)
    }


def without_options(operation: keras.Operation) -> bool:
    """Whether it is one of Keras' own layers without options, such as `Identity`, which needs no configuration."""
    parameters = list(inspect.signature(type(operation).__init__).parameters.values())[1:]
    return type(operation).__module__.startswith("keras.src.layers") and all(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters
    )


def copy_inputs(model: keras.Model):
    """New inputs of a functional model's structure, shapes, types and names."""
    return keras.tree.map_structure(_copy_input, model.input)


def _copy_input(tensor: keras.KerasTensor) -> keras.KerasTensor:
    layer = tensor._keras_history.operation
    return keras.Input(
        batch_shape=tensor.shape, dtype=tensor.dtype, sparse=tensor.sparse, name=layer.name, optional=layer.optional
    )


def copy_weights(source: keras.layers.Layer, target: keras.layers.Layer) -> None:
    """Copies all weights, those of sublayers included, from a layer to its copy, bit for bit."""
    for old, new in zip(source._flatten_layers(), target._flatten_layers(), strict=True):
        store: dict = {}
        old.save_own_variables(store)
        # Arrays, since on JAX two models that share a buffer lose it when one of them donates it.
        new.load_own_variables({key: np.array(keras.ops.convert_to_numpy(store[key])) for key in store})
