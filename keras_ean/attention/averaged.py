"""A module whose gate is averaged over the images of a batch, so that it can be folded without loss."""

import keras
from keras import ops

from keras_ean.attention.wrapper import Wrapper


@keras.saving.register_keras_serializable("keras_ean")
class Averaged(Wrapper):
    """Makes a module's gate its mean over images and positions, a constant per channel: `source="mean"`.

    In training the mean is taken over the batch, and gradients flow through it; at inference it is a moving average,
    like BatchNorm's. So the gate that is trained is the one that `keras_ean.fold` makes part of the layer before it.

    Not shared between blocks: the moving means, and what the module does not share. Shared: what the module shares.

    Args:
        module: The module whose gate is averaged; one of the same class and options is made inside.

    Example:
        >>> import keras_ean
        >>> module = keras_ean.attention.get("se", source="mean")
        >>> x = keras.random.normal((2, 8, 8, 16))
        >>> y, state = module(x)  # the moving means start at 1
        >>> bool(keras.ops.all(x == y))
        True
    """

    def build(self, x_shape):
        super().build(x_shape)
        self.factor = PlaceMean(self.places, 1.0, dtype=self.dtype_policy, name="factor")
        self.shift = PlaceMean(self.places, 0.0, dtype=self.dtype_policy, name="shift")
        for mean in (self.factor, self.shift):
            mean.build((None, None, None, self.channels))

    def affine(self, x, state):
        factor, shift, state = self.inner(x, state)
        return self.factor(factor, place=self.place), self.shift(shift, place=self.place), state


@keras.saving.register_keras_serializable("keras_ean")
class PlaceMean(keras.layers.Layer):
    """The mean of a map or gate per channel, (1, 1, 1, channels): of the batch in training, else a moving average.

    Args:
        places: The indices of the blocks, each of which has a moving average of its own.
        start: The value that every moving average starts with.
        momentum: The share of the old moving average that a training step keeps, 0 … 1.

    Example:
        >>> mean = PlaceMean()
        >>> y = mean(3 * keras.ops.ones((2, 1, 1, 4)), training=True)
        >>> float(y[0, 0, 0, 0]), round(float(mean.moving_mean["0"][0]), 3)
        (3.0, 1.2)
    """

    def __init__(self, places: tuple[int, ...] = (0,), start: float = 1.0, momentum: float = 0.9, **kwargs):
        super().__init__(**kwargs)
        self.places = tuple(places)
        self.start = start
        self.momentum = momentum

    def build(self, x_shape):
        self.channels = x_shape[-1]
        options = {
            "shape": (self.channels,),
            "initializer": keras.initializers.Constant(self.start),
            "trainable": False,
            "autocast": False,
        }
        # By the place as text: TensorFlow tracks no other keys.
        self.moving_mean = {
            str(place): self.add_weight(name=f"moving_mean_{place}", **options) for place in self.places
        }

    def call(self, x, place: int = 0, training: bool | None = None):
        moving = self.moving_mean[str(place)]
        mean = ops.convert_to_tensor(moving)
        if training and self.trainable:
            mean = ops.broadcast_to(ops.mean(ops.cast(x, "float32"), axis=tuple(range(x.ndim - 1))), (self.channels,))
            moving.assign(self.momentum * moving + (1 - self.momentum) * mean)
        return ops.cast(ops.reshape(mean, (1, 1, 1, self.channels)), self.compute_dtype)

    def compute_output_spec(self, x, place=0, training=None):
        return keras.KerasTensor((1, 1, 1, x.shape[-1]), dtype=self.compute_dtype)

    def get_config(self):
        config = {"places": self.places, "start": self.start, "momentum": self.momentum}
        return {**super().get_config(), **config}
