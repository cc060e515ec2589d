"""Squeeze-and-Excitation, arXiv 1709.01507."""

import keras
from keras import ops

from keras_ean.attention.base import Gate, positive, register, squeezed


@register("se")
class SE(Gate):
    """Channel gate g = σ(W₂ relu(W₁ p + b₁) + b₂) from the global average p = mean_hw(x).

    Not shared between blocks: nothing. Shared: both layers, 2C²/r + C/r + C parameters.

    Args:
        reduction: r; the hidden layer has max(1, ⌊C / r⌋) units.

    Example:
        >>> y, state = SE(reduction=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """

    def __init__(self, reduction: int = 16, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)

    def build(self, x_shape):
        channels = x_shape[-1]
        hidden = squeezed(channels, self.reduction)
        self.squeeze = keras.layers.Dense(hidden, activation="relu", dtype=self.dtype_policy, name="squeeze")
        self.excite = keras.layers.Dense(channels, activation="sigmoid", dtype=self.dtype_policy, name="excite")
        self.squeeze.build((None, channels))
        self.excite.build((None, hidden))

    def gate(self, x, state):
        g = self.excite(self.squeeze(ops.mean(x, axis=(1, 2))))
        return ops.expand_dims(g, (1, 2)), state

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
