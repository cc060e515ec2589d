"""Attention that starts as the identity."""

import keras
from keras import ops

from keras_ean.attention.base import Gate
from keras_ean.attention.wrapper import Wrapper


@keras.saving.register_keras_serializable("keras_ean")
class IdentityStart(Wrapper):
    """Fades a module in by a trained factor α that starts at 0: y = x + α (m(x) − x); for a gate, x · (1 + α (g − 1)).

    A network plugged with it computes what it did before, until training moves α. There is one α per module instance,
    so blocks that share the module share α. The state of a module that keeps one is not faded.

    Args:
        module: The module m that is faded in; one of the same class and options is made inside.

    Example:
        >>> import keras_ean
        >>> x = keras.ops.ones((2, 8, 8, 16))
        >>> y, state = IdentityStart(keras_ean.attention.get("se"))(x)
        >>> bool(keras.ops.all(x == y))
        True
    """

    def build(self, x_shape):
        self.alpha = self.add_weight(shape=(1,), initializer="zeros", name="alpha")
        super().build(x_shape)

    def attend(self, x, state):
        return self.masked(x, state, ops.ones((1,), dtype=x.dtype))

    def affine(self, x, state):
        factor, shift, state = self.inner(x, state)
        alpha = ops.cast(self.alpha, x.dtype)
        return 1 + alpha * (factor - 1), alpha * shift, state

    def masked(self, x, state, connected):
        self.module.place = self.place
        share = connected * ops.cast(self.alpha, x.dtype)
        if not isinstance(self.module, Gate):
            return self.module.masked(x, state, share)
        # Not by the module's own `masked_gate`, which may hold for masks of 0 and 1 alone.
        gate, state = Gate.masked_gate(self.module, x, state, ops.reshape(share, (-1, 1, 1, 1)))
        return x * ops.cast(gate, x.dtype), state
