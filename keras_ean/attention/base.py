"""The contract of an attention module."""

import keras
from keras import KerasTensor, ops

from keras_ean.registry import Registry

REGISTRY: "Registry[Attention]" = Registry("attention module")
State = tuple
"""What a stateful module carries from block to block of a stage: a tuple of tensors, empty for most modules."""


class Attention(keras.layers.Layer):
    """A shape-preserving layer that rescales a block's residual output; one instance may serve many blocks.

    A module implements `attend`, or inherits `Gate` and implements `gate`. It is called with

    - `x`: (batch, height, width, channels), the residual branch before the addition. Channels are inferred at build.
    - `state`: what the previous block of the stage handed on; None at the stage's first block.
    - `connected`: (batch,) or (1,), per image 1 where the block is connected and 0 where it is not; None means
      connected. Where it is 0, the output is `x` and the state is handed on as it came.
    - `place`: the index of the calling block; a Python int. It selects what is *not* shared (`PlaceNorm`).

    and returns `(y, state)`, y of x's shape.

    Args:
        places: indices of the blocks that this instance serves.
    """

    def __init__(self, places: tuple[int, ...] = (0,), **kwargs):
        super().__init__(**kwargs)
        self.places = tuple(places)
        self.place = self.places[0]

    def attend(self, x, state: State) -> tuple:
        raise NotImplementedError(f"{type(self).__name__} must implement attend(x, state) -> (y, state).")

    def initial_state(self, x) -> State:
        """The state at a stage's first block."""
        return ()

    def state_shapes(self, x_shape) -> tuple:
        """Shapes of the state's tensors for an input of `x_shape`."""
        return ()

    def call(self, x, state: State | None = None, connected=None, place: int | None = None):
        self.place = self.places[0] if place is None else place
        before = self.initial_state(x) if state is None else state
        if connected is None:
            return self.attend(x, before)
        y, after = self.masked(x, before, connected)
        rows = ops.reshape(connected, (-1, 1))
        return y, tuple(old + rows * (new - old) for old, new in zip(before, after, strict=True))

    def masked(self, x, state: State, connected) -> tuple:
        y, state = self.attend(x, state)
        return x + ops.reshape(connected, (-1, 1, 1, 1)) * (y - x), state

    def compute_output_spec(self, x, state=None, connected=None, place=None):
        spec = KerasTensor(x.shape, dtype=self.compute_dtype)
        return spec, tuple(KerasTensor(shape, dtype=self.compute_dtype) for shape in self.state_shapes(x.shape))

    def at(self, places: tuple[int, ...], name: str) -> "Attention":
        """A new, unbuilt module with the same options that serves the blocks `places`."""
        return type(self).from_config({**self.get_config(), "places": tuple(places), "name": name})

    def get_config(self) -> dict:
        return {**super().get_config(), "places": self.places}


class Gate(Attention):
    """A module that multiplies: y = x · g, with g broadcastable to x. Implements `gate(x, state) -> (g, state)`.

    The mask is folded into the gate, x · (1 + connected · (g − 1)), which costs 1 % over no mask.
    """

    def gate(self, x, state: State) -> tuple:
        raise NotImplementedError(f"{type(self).__name__} must implement gate(x, state) -> (g, state).")

    def attend(self, x, state: State) -> tuple:
        g, state = self.gate(x, state)
        return x * g, state

    def masked(self, x, state: State, connected) -> tuple:
        g, state = self.gate(x, state)
        return x * (1 + ops.reshape(connected, (-1, 1, 1, 1)) * (g - 1)), state


def register(name: str):
    """Class decorator: makes an attention module known by `name`, and serialisable."""

    def decorate(cls):
        return REGISTRY.register(name)(keras.saving.register_keras_serializable("keras_ean")(cls))

    return decorate


def squeezed(channels: int, reduction: int) -> int:
    """Channels of a bottleneck: max(1, ⌊channels / reduction⌋)."""
    return max(1, channels // reduction)


def positive(name: str, value) -> int:
    """`value` if it is a positive whole number, else a ValueError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is a positive whole number, not {value!r}.")
    return value
