"""A module that is fed a learned vector instead of pooled features, after arXiv 2304.06345."""

import keras
from keras import ops

from keras_ean.attention.base import Attention
from keras_ean.attention.norm import PlaceNorm
from keras_ean.attention.wrapper import Wrapper


@keras.saving.register_keras_serializable("keras_ean")
class Learned(Wrapper):
    """Shows a module a trained vector, as a map of one position, in place of the block's map: `source="learned"`.

    So the gate is a constant per channel from the first step on, while the module's weights are still shared by the
    blocks and trained together; `keras_ean.fold` makes it part of the layer before it, exactly. A network trained this
    way has attention in training, and none at inference.

    Not shared between blocks: the vector. Shared: all of the module's weights.

    Args:
        module: The module that is shown the vector; one of the same class and options is made inside.

    Raises:
        ValueError: At build, if the module has a BatchNorm inside, for which a single vector has no statistics.

    Example:
        >>> import keras_ean
        >>> module = keras_ean.attention.get("se", source="learned")
        >>> x = keras.random.normal((2, 8, 8, 16))
        >>> y, state = module(x)
        >>> bool(keras.ops.all(keras.ops.abs(y[0] / x[0] - y[1] / x[1]) < 1e-5))
        True
    """

    def build(self, x_shape):
        Attention.build(self, x_shape)
        self.module.build((1, 1, 1, self.channels))
        if any(isinstance(layer, PlaceNorm) for layer in self.module._flatten_layers()):
            raise ValueError(
                f"{type(self.module).__name__} has a BatchNorm inside, which needs many values, and source='learned' "
                "gives it one vector: take source='mean', or a module without BatchNorm, such as se, eca, gct or dia."
            )
        self.vectors = {str(place): self._vector(f"source_{place}") for place in self.places}

    def _vector(self, name: str):
        # An initializer of its own: one that is used twice gives the same values.
        initializer = keras.initializers.RandomNormal(stddev=0.5)
        return self.add_weight(shape=(self.channels,), initializer=initializer, name=name)

    def affine(self, x, state):
        vector = ops.cast(self.vectors[str(self.place)], x.dtype)
        return self.inner(ops.reshape(vector, (1, 1, 1, -1)), state)
