"""The contract of an attention module."""

from collections.abc import Mapping
from functools import wraps

import keras
from keras import KerasTensor, ops

from keras_ean.registry import Registry

REGISTRY: "Registry[Attention]" = Registry("attention module")
State = tuple
"""What a stateful module carries from block to block of a stage: a tuple of tensors, empty for most modules."""


class Attention(keras.layers.Layer):
    """Rescales a block's residual output and keeps its shape; one instance of this layer may serve many blocks.

    A module implements `attend`, or inherits `Gate` and implements `gate`; its weights are made in `build`, which
    begins with `super().build(x_shape)`. It is called with

    - `x`: the output of the block's residual branch before the addition, (batch, height, width, channels); the number
    of channels is learnt at build.

    and returns `(y, state)`, y of x's shape.

    Args:
        places: The indices of the residual blocks that call this instance, counted from 0 over the whole network.
        quantized: The quantization mode, such as "int8", by the name of each inner layer that `quantize` has changed.
            It is read back from a saved module; you need not give it.

    Raises:
        ValueError: `places` is empty; the input is not (batch, height, width, channels) with known channels; the
            calling block is not one of `places`; or `attend` does not return (y, state) with y of x's shape and as many
            state tensors as it was given.

    Example:
        >>> class Halve(Attention):
        ...     def attend(self, x, state):
        ...         return x / 2, state
        >>> y, state = Halve()(keras.ops.ones((2, 8, 8, 16)))
        >>> float(keras.ops.max(y)), state
        (0.5, ())
    """

    channels: int
    """The number of channels of the input, known from `build` on."""

    per_block: int = 1
    """The number of places that a residual block has for this module, each with a bit of the scheme."""

    starts_as_identity: bool = False
    """Whether a new module gives what it takes, so that nothing need fade it in (`IdentityStart`)."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = as_saved(cls.build)  # type: ignore[method-assign]

    def __init__(self, places: tuple[int, ...] = (0,), quantized: Mapping[str, str] | None = None, **kwargs):
        super().__init__(**kwargs)
        self.places, self.quantized = tuple(places), dict(quantized or {})
        if not self.places:
            raise ValueError("An attention module serves at least one block, but places is empty.")
        self.place = self.places[0]

    def build(self, x_shape):
        if len(x_shape) != 4 or x_shape[-1] is None:
            raise ValueError(
                f"{type(self).__name__} needs an input (batch, height, width, channels) with known channels, not "
                f"{tuple(x_shape)}."
            )
        self.channels = x_shape[-1]

    def dense(self, units: int, inputs: int, name: str, **options) -> keras.layers.Dense:
        """Builds a dense layer on the last axis, which is a 1×1 convolution of a map, in the module's own precision.

        Args:
            units: The number of outputs.
            inputs: The number of channels of the input.
            name: The name of the layer, unique within the module.
            options: Further arguments of `keras.layers.Dense`, such as `activation`.
        """
        layer = keras.layers.Dense(units, dtype=self.dtype_policy, name=name, **options)
        layer.build((None, inputs))
        return layer

    def attend(self, x, state: State) -> tuple:
        """Computes attention for a connected block: returns (y, state), with y of the shape of x.

        Args:
            x: The output of the block's residual branch, (batch, height, width, channels).
            state: The tensors that the stage's last connected block handed on, or those of `initial_state`.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement attend(x, state) -> (y, state).")

    def affine(self, x, state: State) -> tuple:
        """Gives (factor, shift, state) such that y = x · factor + shift, with factor and shift broadcastable to x.
        `keras_ean.fold` holds the two constant.

        Args:
            x: The output of the block's residual branch, (batch, height, width, channels).
            state: The tensors that the stage's last connected block handed on, or those of `initial_state`.
        """
        y, state = self.attend(x, state)
        return ops.ones((1, 1, 1, 1), x.dtype), y - x, state

    # No property: Keras, in saving, walks along them without an end.
    def called(self) -> tuple["Attention", ...]:
        """Gives the modules that its places call, each with places of its own: itself alone, but for a `Choice`."""
        return (self,)

    def initial_state(self, x) -> State:
        """Gives the state that every stage starts with: a tuple of tensors, which is empty unless a module carries
        something from block to block.

        Args:
            x: The map of the stage's first block, (batch, height, width, channels).
        """
        return ()

    def state_shapes(self, x_shape) -> tuple:
        """Gives the shape of each tensor of the state, batch axis first, for an input of `x_shape`, which is (batch,
        height, width, channels).
        """
        return ()

    def call(self, x, state: State | None = None, connected=None, place: int | None = None):
        self.place = self.places[0] if place is None else place
        if self.place not in self.places:
            raise ValueError(f"{self.name} serves the blocks {self.places}, and was called by block {place}.")
        # A saved model gives the state back as a list.
        before = self.initial_state(x) if state is None else tuple(state)
        if connected is None:
            return self._checked(x, before, self.attend(x, before))
        y, after = self.masked(x, before, connected)
        rows = ops.reshape(connected, (-1, 1))
        return y, tuple(old + rows * (new - old) for old, new in zip(before, after, strict=True))

    def masked(self, x, state: State, connected) -> tuple:
        """Gives (y, state) where y is what `attend` makes of an image whose `connected` is 1, and x itself where it is
        0; the caller masks the state.
        """
        y, state = self._checked(x, state, self.attend(x, state))
        return x + ops.reshape(connected, (-1, 1, 1, 1)) * (y - x), state

    def _checked(self, x, before: State, returned) -> tuple:
        """What `attend` returned, if it keeps the contract."""
        if not isinstance(returned, tuple) or len(returned) != 2 or not isinstance(returned[1], tuple):
            raise ValueError(f"{type(self).__name__} must return (y, state) with a tuple as state.")
        y, after = returned
        if tuple(y.shape[1:]) != tuple(x.shape[1:]) or len(after) != len(before):
            raise ValueError(
                f"{type(self).__name__} must keep the shape of x and the number of state tensors, but x is "
                f"{tuple(x.shape)} with {len(before)} of them, and y is {tuple(y.shape)} with {len(after)}."
            )
        return y, after

    def compute_output_spec(self, x, state=None, connected=None, place=None):
        spec = KerasTensor(x.shape, dtype=self.compute_dtype)
        return spec, tuple(KerasTensor(shape, dtype=self.compute_dtype) for shape in self.state_shapes(x.shape))

    def at(self, places: tuple[int, ...], name: str) -> "Attention":
        """Makes a new, unbuilt module with the same options for the blocks `places`.

        Args:
            places: The indices of the blocks that the new module serves, counted from 0.
            name: The name of the new module.
        """
        return type(self).from_config({**self.get_config(), "places": tuple(places), "name": name})

    def get_config(self) -> dict:
        layers = self._flatten_layers(include_self=False)
        modes = {layer.name: layer.quantization_mode for layer in layers if layer.quantization_mode} or self.quantized
        return {**super().get_config(), "places": self.places, "quantized": dict(modes)}


def as_saved(build):
    """`build` that also freezes the layers it makes if the module was saved frozen, since Keras freezes weights only,
    and quantizes those that were quantized, since Keras quantizes the layers inside a layer without telling that."""

    @wraps(build)
    def wrapper(self, *args, **kwargs):
        build(self, *args, **kwargs)
        for layer in self._flatten_layers(include_self=False):
            layer.trainable = layer.trainable and self.trainable
            mode = self.quantized.get(layer.name)
            if mode and not layer.quantization_mode:
                layer.quantize(mode)

    return wrapper


class Gate(Attention):
    """Multiplies the map by a gate: y = x · g, with g broadcastable to x. A subclass implements `gate(x, state) -> (g,
    state)`.

    The mask of connected blocks goes into the gate, x · (1 + connected · (g − 1)), which costs 1 % more than no mask
    where the gate is small; where the gate is as large as the map, `masked_gate` may put it into something smaller. The
    gate may be computed in float32; it is cast to the type of x.

    Example:
        >>> class Halve(Gate):
        ...     def gate(self, x, state):
        ...         return 0.5 * keras.ops.ones((1, 1, 1, 1)), state
        >>> y, state = Halve()(keras.ops.ones((2, 8, 8, 16)), connected=keras.ops.array([0.0, 1.0]))
        >>> keras.ops.convert_to_numpy(y[:, 0, 0, 0]).tolist()
        [1.0, 0.5]
    """

    def gate(self, x, state: State) -> tuple:
        """Computes the gate of a connected block: returns (g, state), with g broadcastable to x.

        Args:
            x: The output of the block's residual branch, (batch, height, width, channels).
            state: The tensors that the stage's last connected block handed on, or those of `initial_state`.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement gate(x, state) -> (g, state).")

    def attend(self, x, state: State) -> tuple:
        g, state = self.gate(x, state)
        return x * ops.cast(g, x.dtype), state

    def affine(self, x, state: State) -> tuple:
        g, state = self.gate(x, state)
        return ops.cast(g, x.dtype), ops.zeros((1, 1, 1, 1), x.dtype), state

    def masked_gate(self, x, state: State, mask) -> tuple:
        """Gives (g, state) with the `gate` of images whose block is connected, and a gate of exactly 1 for the others.

        Args:
            x: The output of the block's residual branch, (batch, height, width, channels).
            state: The tensors that the stage's last connected block handed on, or those of `initial_state`.
            mask: For each image 1 where its block is connected and 0 where it is not, (batch, 1, 1, 1), or (1, 1, 1, 1)
                for all images alike.
        """
        g, state = self.gate(x, state)
        return 1 + ops.cast(mask, g.dtype) * (g - 1), state

    def masked(self, x, state: State, connected) -> tuple:
        g, after = self.masked_gate(x, state, ops.reshape(connected, (-1, 1, 1, 1)))
        return self._checked(x, state, (x * ops.cast(g, x.dtype), after))


def register(name: str):
    """Makes the decorated class known to `keras_ean.attention.get` by a name, and lets Keras save and load it.

    Args:
        name: The name of the module, as in `get` and in configurations.

    Raises:
        ValueError: The name is taken by another class.
    """

    def decorate(cls):
        return REGISTRY.register(name)(keras.saving.register_keras_serializable("keras_ean")(cls))

    return decorate


def average(x, axis: int | tuple[int, ...] = (1, 2), keepdims: bool = False):
    """The mean, by default over height and width, summed in float32 since float16 overflows on large maps."""
    return ops.cast(ops.mean(ops.cast(x, "float32"), axis=axis, keepdims=keepdims), x.dtype)


def squeezed(channels: int, reduction: int) -> int:
    """Channels of a bottleneck: max(1, ⌊channels / reduction⌋)."""
    return max(1, channels // reduction)


def positive(name: str, value) -> int:
    """`value` if it is a positive whole number, else a ValueError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is a positive whole number, not {value!r}.")
    return value
