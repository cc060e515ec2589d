"""Any shape-preserving Keras layer as an attention module."""

import inspect
import uuid
from collections.abc import Callable

import keras
from keras import ops

from keras_ean.attention.base import Attention

FACTORIES: dict[str, Callable] = {}
"""Factories that take the channels, by the key that stands for them in a configuration."""
MADE: dict[str, dict[str, dict]] = {}
"""Configurations of the layers that a factory has made, by its key and the channels."""


def from_layer(factory: "Callable | keras.layers.Layer") -> "FromLayer":
    """Makes an attention module y = layer(x) from any Keras layer that keeps the shape.

    Args:
        factory: A layer, a function that returns one, or a function of the number of channels that returns one; a layer
            class counts as a function of its required arguments. Networks and supernets built with it can be saved, and
            loaded anywhere if the layers have a configuration (`get_config`). A supernet of layers that have none can
            be loaded only where `from_layer` has been called before, with the same function, defined at the top level
            of a module.

    Raises:
        TypeError: `factory` returns no layer, or needs more arguments than the number of channels.
        ValueError: At build, if the layer changes the shape of the map.

    Example:
        >>> module = from_layer(lambda channels: keras.layers.SeparableConv2D(channels, 3, padding="same"))
        >>> y, state = module(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """
    if isinstance(factory, keras.layers.Layer) or required_arguments(factory) == 0:
        layer = factory if isinstance(factory, keras.layers.Layer) else factory()
        return FromLayer(layer=keras.saving.serialize_keras_object(checked_layer(layer)))
    if required_arguments(factory) != 1:
        raise TypeError(f"from_layer takes a function of the number of channels, or of nothing, not {factory!r}.")
    key = f"{factory.__module__}.{factory.__qualname__}"
    if "<" in key:
        key = f"{key}#{uuid.uuid4().hex[:8]}"
    FACTORIES[key] = factory
    return FromLayer(factory=key)


@keras.saving.register_keras_serializable("keras_ean")
class FromLayer(Attention):
    """y = layer(x), with a layer of the caller's choice; made by `from_layer`.

    Not shared between blocks: nothing. Shared: all that the layer holds, BatchNorm statistics included.

    Args:
        layer: The configuration of the layer, as `keras.saving.serialize_keras_object` gives it.
        factory: The key of a function in `FACTORIES` that makes the layer; it is used where there is no configuration.
        made: The configurations of layers that the function has made, by the number of channels; they are used where
            this process does not know the function.

    Raises:
        ValueError: At build, if the layer changes the shape of the map, or if this process does not know the function
            and it has made no layer of these channels.

    Example:
        >>> module = FromLayer(keras.saving.serialize_keras_object(keras.layers.GaussianDropout(0.1)))
        >>> y, state = module(keras.ops.ones((2, 8, 8, 16)))
        >>> float(y[0, 0, 0, 0])
        1.0
    """

    def __init__(
        self, layer: dict | None = None, factory: str | None = None, made: dict[str, dict] | None = None, **kwargs
    ):
        super().__init__(**kwargs)
        self.layer_config = layer
        self.factory = factory
        self.made = dict(made or {})

    def build(self, x_shape):
        super().build(x_shape)
        self.layer = self._new_layer()
        y = self.layer(keras.KerasTensor(x_shape, dtype=self.compute_dtype))
        if tuple(y.shape) != tuple(x_shape):
            raise ValueError(
                f"An attention module keeps the shape, but {type(self.layer).__name__} turns {tuple(x_shape)} into "
                f"{tuple(y.shape)}."
            )
        # A name such as "dense_7" counts the layers of the process, and weights go between networks by path.
        for index, weight in enumerate(self.layer.weights):
            weight._path = f"{self.path}/layer_{index}_{weight.name}"

    def _new_layer(self) -> keras.layers.Layer:
        channels = str(self.channels)
        if self.layer_config is None and self.factory in FACTORIES:
            layer = checked_layer(FACTORIES[self.factory](self.channels))
            config = configuration(layer)
            MADE.setdefault(self.factory, {}).update({channels: config} if config else {})
            return layer
        config = self.layer_config or self.made.get(channels)
        if config is None:
            raise ValueError(
                f"This module was made by from_layer({self.factory}), which this process has not called, and no layer "
                f"that it made for {channels} channels is on file (known: {', '.join(self.made) or 'none'}). Call "
                "from_layer before loading; a function on a module's top level keeps its name between processes."
            )
        return keras.saving.deserialize_keras_object(config)

    def attend(self, x, state):
        return ops.cast(self.layer(x), x.dtype), state

    def get_config(self):
        layer = self.layer_config
        if layer is None and self.built:
            layer = keras.saving.serialize_keras_object(self.layer)
        made = {} if layer or self.factory is None else {**self.made, **MADE.get(self.factory, {})}
        return {**super().get_config(), "layer": layer, "factory": self.factory, "made": made}


def configuration(layer: keras.layers.Layer) -> dict | None:
    """What makes the layer anew, or None if it does not tell."""
    try:
        return keras.saving.serialize_keras_object(layer)
    except NotImplementedError:
        return None


def checked_layer(layer) -> keras.layers.Layer:
    """`layer` if it is one, else a TypeError."""
    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"from_layer takes a function that returns a Keras layer, not {layer!r}.")
    return layer


def required_arguments(factory) -> int:
    """How many positional arguments a call needs; TypeError if it is not callable."""
    if not callable(factory):
        raise TypeError(f"from_layer takes a Keras layer or a function that returns one, not {factory!r}.")
    parameters = inspect.signature(factory).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters)
