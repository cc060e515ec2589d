"""Gated Channel Transformation, arXiv 1909.11519 (not the Gaussian context transformer of the same initials)."""

from keras import ops

from keras_ean.attention.base import Gate, register

EPSILON = 1e-5


@register("gct")
class GCT(Gate):
    """Channel gate g = 1 + tanh(γ ŝ + β): channels compete or cooperate by the norm of their maps.

    s_c = α_c √(Σ_hw x_c² + ε), ŝ_c = √C s_c / √(Σ_c s_c² + ε), ε = 1e-5. It starts as the identity (α = 1, γ = β = 0),
    and is computed in float32.

    Not shared between blocks: nothing. Shared: α, γ and β, 3C parameters.

    Example:
        >>> import keras
        >>> y, state = GCT()(keras.ops.ones((2, 8, 8, 16)))
        >>> float(y[0, 0, 0, 0])
        1.0
    """

    starts_as_identity = True

    def build(self, x_shape):
        super().build(x_shape)
        shape = (self.channels,)
        self.alpha = self.add_weight(shape=shape, initializer="ones", name="alpha", autocast=False)
        self.gamma = self.add_weight(shape=shape, initializer="zeros", name="gamma", autocast=False)
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta", autocast=False)

    def gate(self, x, state):
        s = self.alpha * ops.sqrt(ops.sum(ops.square(ops.cast(x, "float32")), axis=(1, 2)) + EPSILON)
        # √C · s / √(Σ s² + ε), written with means.
        s = s * ops.rsqrt(ops.mean(ops.square(s), axis=-1, keepdims=True) + EPSILON / self.channels)
        return ops.expand_dims(1 + ops.tanh(self.gamma * s + self.beta), (1, 2)), state
