"""Attention that starts as the identity."""

import keras
from keras import ops

from keras_ean.attention import Attention


@keras.saving.register_keras_serializable("keras_ean")
class IdentityStart(Attention):
    """A module faded in by a trained factor α that starts at 0: y = x + α (m(x) − x); for a gate, x · (1 + α (g − 1)).

    A network plugged with it computes what it did before, until training moves α. One α per module instance, so
    blocks that share the module share α; a stateful module's state is not faded.

    Args:
        module: the module m, whose options are taken.

    Example:
        >>> import keras_ean
        >>> x = keras.ops.ones((2, 8, 8, 16))
        >>> y, state = IdentityStart(keras_ean.attention.get("se"))(x)
        >>> bool(keras.ops.all(x == y))
        True
    """

    def __init__(self, module: Attention, places: tuple[int, ...] = (0,), **kwargs):
        super().__init__(places, **kwargs)
        self.module = module.at(self.places, "module")

    def build(self, x_shape):
        self.alpha = self.add_weight(shape=(1,), initializer="zeros", name="alpha")
        self.module.build(x_shape)

    def initial_state(self, x):
        return self.module.initial_state(x)

    def state_shapes(self, x_shape):
        return self.module.state_shapes(x_shape)

    def attend(self, x, state):
        return self.masked(x, state, ops.ones((1,), dtype=x.dtype))

    def affine(self, x, state):
        self.module.place = self.place
        factor, shift, state = self.module.affine(x, state)
        alpha = ops.cast(self.alpha, x.dtype)
        return 1 + alpha * (factor - 1), alpha * shift, state

    def masked(self, x, state, connected):
        self.module.place = self.place
        return self.module.masked(x, state, connected * ops.cast(self.alpha, x.dtype))

    def get_config(self):
        return {**super().get_config(), "module": keras.saving.serialize_keras_object(self.module)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "module": keras.saving.deserialize_keras_object(config["module"])})
