"""Spatial Group-wise Enhance, arXiv 1905.09646."""

import math

from keras import ops

from keras_ean.attention.base import Gate, positive, register


@register("sge")
class SGE(Gate):
    """Spatial gate per channel group, σ(w_g t̂ + b_g), t̂ the normalised similarity of a position to the group's mean.

    t[b, hw, g] = Σ_{c in g} x[b, hw, c] · mean_hw(x[b, c]), less its mean over hw, divided by its standard deviation
    (unbiased) + 1e-5. On a constant map and on 1×1 the similarity is 0, in value and gradient.

    Not shared between blocks: nothing. Shared: w and b, two parameters a group.

    Args:
        groups: of consecutive channels. Where they do not divide the channels, the greatest number that divides both.

    Example:
        >>> import keras
        >>> y, state = SGE(groups=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """

    def __init__(self, groups: int = 64, **kwargs):
        super().__init__(**kwargs)
        self.groups = positive("groups", groups)

    def build(self, x_shape):
        super().build(x_shape)
        self.divisor = math.gcd(self.groups, self.channels)
        self.weight = self.add_weight(shape=(self.divisor,), initializer="zeros", name="weight")
        self.bias = self.add_weight(shape=(self.divisor,), initializer="ones", name="bias")

    def gate(self, x, state):
        shape, size = ops.shape(x), self.channels // self.divisor
        grouped = ops.reshape(ops.cast(x, "float32"), (-1, shape[1] * shape[2], self.divisor, size))
        t = ops.sum(grouped * ops.mean(grouped, axis=1, keepdims=True), axis=-1)
        t = t - ops.mean(t, axis=1, keepdims=True)
        positions = ops.cast(shape[1] * shape[2], t.dtype)
        variance = ops.sum(ops.square(t), axis=1, keepdims=True) / ops.maximum(positions - 1, 1)
        # The square root's slope is infinite at 0, so a constant map takes another way, also in the gradient.
        varies = variance > 0
        deviation = ops.where(varies, ops.sqrt(ops.where(varies, variance, 1.0)), 0.0)
        t = ops.cast(t / (deviation + 1e-5), x.dtype)
        g = ops.repeat(ops.sigmoid(t * self.weight + self.bias), size, axis=-1)
        return ops.reshape(g, (-1, shape[1], shape[2], self.channels)), state

    def get_config(self):
        return {**super().get_config(), "groups": self.groups}
