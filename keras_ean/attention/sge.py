"""Spatial Group-wise Enhance, arXiv 1905.09646."""

import math

from keras import ops

from keras_ean.attention.base import Gate, positive, register
from keras_ean.attention.grouping import group_repeat, group_sums

OPEN = 100.0
"""σ of it is 1 in float32, and its slope 0."""


@register("sge")
class SGE(Gate):
    """Spatial gate per channel group, σ(w_g t̂ + b_g), t̂ the normalised similarity of a position to the group's mean.

    t[b, hw, g] = Σ_{c in g} x[b, hw, c] · mean_hw(x[b, c]), less its mean over hw, divided by its standard deviation
    (unbiased) + 1e-5. On a constant map and on 1×1 the similarity is 0, in value and gradient.

    Not shared between blocks: nothing. Shared: w and b, two parameters a group.

    Args:
        groups: The number of groups of consecutive channels. Where it does not divide the number of channels, the
            greatest number that divides both is taken.

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
        return self.masked_gate(x, state, 1.0)

    def masked_gate(self, x, state, mask):
        x, size = ops.cast(x, "float32"), self.channels // self.divisor
        mean = ops.mean(x, axis=(1, 2), keepdims=True)
        if size == 1:  # t is the map times its mean, which can wait.
            t, scale = x - mean, mean
        else:
            t, scale = group_sums(x * mean, self.divisor) - group_sums(ops.square(mean), self.divisor), 1.0
        positions = ops.cast(ops.shape(x)[1] * ops.shape(x)[2], t.dtype)
        variance = ops.sum(ops.square(t), axis=(1, 2), keepdims=True) / ops.maximum(positions - 1, 1)
        # The square root's slope is infinite at 0, so a constant map takes another way, also in the gradient.
        varies = variance > 0
        deviation = ops.where(varies, ops.sqrt(ops.where(varies, variance, 1.0)), 0.0)
        # σ is of factor · t + shift, both (batch, 1, 1, groups), so a mask there costs no pass over the map.
        weight, bias, mask = (ops.cast(value, "float32") for value in (self.weight, self.bias, mask))
        factor = mask * weight * scale / (ops.abs(scale) * deviation + 1e-5)
        shift = mask * bias + (1 - mask) * OPEN
        return group_repeat(ops.sigmoid(t * factor + shift), size), state

    def get_config(self):
        return {**super().get_config(), "groups": self.groups}
