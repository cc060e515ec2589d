"""A module around another module."""

import keras

from keras_ean.attention.base import Attention


class Wrapper(Attention):
    """An attention module that holds another one, in `module`, of the same precision, and hands on its state.

    Args:
        module: The module to wrap; one of the same class and options is made inside.

    Raises:
        ValueError: The module is a `Choice`, whose modules are wrapped one by one (`Choice.around`).
    """

    def __init__(self, module: Attention, places: tuple[int, ...] = (0,), **kwargs):
        if module.per_block > 1:
            raise ValueError(
                f"{type(self).__name__} goes around one module, not around a choice of {module.per_block}; wrap each "
                "of them instead: choice.around(wrapper)."
            )
        super().__init__(places, **{"dtype": module.dtype_policy, **kwargs})
        options = {"places": self.places, "name": "module", "dtype": self.dtype_policy}
        self.module = type(module).from_config({**module.get_config(), **options})

    def build(self, x_shape):
        super().build(x_shape)
        self.module.build(x_shape)

    def initial_state(self, x):
        return self.module.initial_state(x)

    def state_shapes(self, x_shape):
        return self.module.state_shapes(x_shape)

    def inner(self, x, state) -> tuple:
        """The module's `affine`, for the block that calls."""
        self.module.place = self.place
        return self.module.affine(x, state)

    def attend(self, x, state):
        factor, shift, state = self.affine(x, state)
        return x * factor + shift, state

    def get_config(self):
        return {**super().get_config(), "module": keras.saving.serialize_keras_object(self.module)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "module": keras.saving.deserialize_keras_object(config["module"])})
