"""Style-based Recalibration Module, arXiv 1903.10829."""

from keras import ops

from keras_ean.attention.base import Gate, register
from keras_ean.attention.norm import PlaceNorm


@register("srm")
class SRM(Gate):
    """Channel gate g_c = σ(BN(w_c · [μ_c, s_c])) from each channel's own style: its mean and standard deviation.

    s = √(mean_hw((x − μ)²) + 1e-5). w starts at zero, so every gate starts at one half, as in the authors' code.

    Not shared between blocks: BN's moving statistics. Shared: w, γ and β, 4C parameters.

    Example:
        >>> import keras
        >>> y, state = SRM()(keras.ops.ones((2, 8, 8, 16)))
        >>> float(y[0, 0, 0, 0])
        0.5
    """

    def build(self, x_shape):
        super().build(x_shape)
        self.style = self.add_weight(shape=(2, self.channels), initializer="zeros", name="style")
        self.norm = PlaceNorm(self.places, dtype=self.dtype_policy, name="norm")
        self.norm.build((None, self.channels))

    def gate(self, x, state):
        mean, variance = ops.moments(ops.cast(x, "float32"), axes=(1, 2))
        mean, deviation = ops.cast(mean, x.dtype), ops.cast(ops.sqrt(variance + 1e-5), x.dtype)
        z = mean * self.style[0] + deviation * self.style[1]
        return ops.expand_dims(ops.sigmoid(self.norm(z, place=self.place)), (1, 2)), state
