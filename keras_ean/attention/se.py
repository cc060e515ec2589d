"""Squeeze-and-Excitation, arXiv 1709.01507."""

from keras import ops

from keras_ean.attention.base import Gate, average, positive, register, squeezed


@register("se")
class SE(Gate):
    """Channel gate g = σ(W₂ relu(W₁ p + b₁) + b₂) from the global average p = mean_hw(x).

    Not shared between blocks: nothing. Shared: both layers, 2C²/r + C/r + C parameters.

    Args:
        reduction: The factor r by which the hidden layer is narrower than the map; it has max(1, ⌊C / r⌋) units.

    Example:
        >>> import keras
        >>> y, state = SE(reduction=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """

    def __init__(self, reduction: int = 16, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)

    def build(self, x_shape):
        super().build(x_shape)
        hidden = squeezed(self.channels, self.reduction)
        self.squeeze = self.dense(hidden, self.channels, "squeeze", activation="relu")
        self.excite = self.dense(self.channels, hidden, "excite", activation="sigmoid")

    def gate(self, x, state):
        g = self.excite(self.squeeze(average(x)))
        return ops.expand_dims(g, (1, 2)), state

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
