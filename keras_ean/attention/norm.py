"""BatchNorm inside a shared module: weights shared, statistics per calling block."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class PlaceNorm(keras.layers.Layer):
    """Normalises batches over the last axis, as BatchNorm does, with moving statistics that belong to the calling
    block.

    The blocks that share an attention module feed it maps of different scale. One pair of moving statistics would mix
    them: right in training, where each batch is normalised by itself, and wrong at inference. So γ and β are shared,
    and mean and variance are kept for each place. All is computed in float32.

    Args:
        places: The indices of the blocks that call the layer, each of which has moving statistics of its own.
        momentum: The share of the old moving statistics that a training step keeps, 0 … 1.
        epsilon: A small number that is added to the variance before it is divided by.

    Example:
        >>> norm = PlaceNorm(places=(0, 2))
        >>> _ = norm(keras.ops.ones((4, 3)), place=2, training=True)
        >>> [round(float(norm.moving_mean[place][0]), 3) for place in ("0", "2")]
        [0.0, 0.1]
    """

    def __init__(self, places: tuple[int, ...] = (0,), momentum: float = 0.9, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.places = tuple(places)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, x_shape):
        shape = (x_shape[-1],)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma", autocast=False)
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta", autocast=False)
        self.moving_mean = self._statistics("mean", shape, "zeros")
        self.moving_variance = self._statistics("variance", shape, "ones")

    def _statistics(self, kind: str, shape: tuple, initializer: str) -> dict:
        """One variable a place, by the place as text: TensorFlow tracks no other keys."""
        options = {"shape": shape, "initializer": initializer, "trainable": False, "autocast": False}
        return {str(place): self.add_weight(name=f"moving_{kind}_{place}", **options) for place in self.places}

    def call(self, x, place: int, training: bool | None = None):
        moving = self.moving_mean[str(place)], self.moving_variance[str(place)]
        values = ops.cast(x, "float32")
        if training and self.trainable:
            mean, variance = ops.moments(values, axes=tuple(range(len(x.shape) - 1)))
            for old, new in zip(moving, (mean, variance), strict=True):
                old.assign(self.momentum * old + (1 - self.momentum) * new)
        else:
            mean, variance = (ops.convert_to_tensor(statistic) for statistic in moving)
        scale = self.gamma * ops.rsqrt(variance + self.epsilon)
        return ops.cast((values - mean) * scale + self.beta, x.dtype)

    def compute_output_spec(self, x, place=None, training=None):
        return keras.KerasTensor(x.shape, dtype=self.compute_dtype)

    def get_config(self):
        config = {"places": self.places, "momentum": self.momentum, "epsilon": self.epsilon}
        return {**super().get_config(), **config}
