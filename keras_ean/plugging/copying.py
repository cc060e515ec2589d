"""New copies of operations, and of the weights of layers."""

from collections.abc import Callable

import keras
import numpy as np


def copy_operation(operation: Callable, name: str) -> Callable:
    """A new operation with the same configuration and no weights yet, called `name`.

    Raises:
        ValueError: the operation does not tell its configuration.
    """
    if not isinstance(operation, keras.Operation):
        return operation
    if isinstance(operation, keras.layers.Lambda):
        # From the functions themselves, since Keras refuses to read Python code back from a configuration.
        options = {"mask": operation.mask, "arguments": operation.arguments, "dtype": operation.dtype_policy}
        return keras.layers.Lambda(operation.function, operation._output_shape, name=name, **options)
    try:
        config = operation.get_config()
    except NotImplementedError as error:
        raise ValueError(
            f"Plugging copies every layer through get_config, but {operation.name!r} ({type(operation).__name__}) "
            "does not implement it. Add get_config to the class."
        ) from error
    return type(operation).from_config({**config, "name": name})


def copy_weights(source: keras.layers.Layer, target: keras.layers.Layer) -> None:
    """Copies all weights, those of sublayers included, from a layer to its copy, bit for bit."""
    for old, new in zip(source._flatten_layers(), target._flatten_layers(), strict=True):
        store: dict = {}
        old.save_own_variables(store)
        # Arrays, since on JAX two models that share a buffer lose it when one of them donates it.
        new.load_own_variables({key: np.array(keras.ops.convert_to_numpy(store[key])) for key in store})
