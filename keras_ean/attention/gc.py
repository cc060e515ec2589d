"""Global Context block, arXiv 1904.11492."""

import keras
from keras import ops

from keras_ean.attention.base import Attention, positive, register, squeezed


@register("gc")
class GC(Attention):
    """Adds one context vector to all positions: y = x + W₂ relu(LN(W₁ Σ_j a_j x_j)), a = softmax_hw(w_k x + b_k).

    W₁: C → max(4, ⌊C/r⌋), since LN of one unit is constant; W₂ back to C. W₂ starts at zero, so the block starts as the
    identity, as in the authors' code.

    Not shared between blocks: nothing (LN keeps no statistics). Shared: all weights.

    Args:
        reduction: The factor r by which the hidden layer is narrower than the map; it has at least 4 units.

    Example:
        >>> y, state = GC(reduction=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> float(y[0, 0, 0, 0])
        1.0
    """

    starts_as_identity = True

    def __init__(self, reduction: int = 16, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)

    def build(self, x_shape):
        super().build(x_shape)
        hidden = max(4, squeezed(self.channels, self.reduction))
        self.key = self.dense(1, self.channels, "key")
        self.squeeze = self.dense(hidden, self.channels, "squeeze")
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy, name="norm")
        self.norm.build((None, hidden))
        self.expand = self.dense(self.channels, hidden, "expand", kernel_initializer="zeros")

    def attend(self, x, state):
        # Not ops.softmax: over two axes it needs a batch of known size on TensorFlow.
        keys = ops.cast(self.key(x), "float32")
        weights = ops.exp(keys - ops.max(keys, axis=(1, 2), keepdims=True))
        weights = weights / ops.sum(weights, axis=(1, 2), keepdims=True)
        context = ops.cast(ops.sum(weights * ops.cast(x, "float32"), axis=(1, 2)), x.dtype)
        context = self.expand(ops.relu(self.norm(self.squeeze(context))))
        return x + ops.expand_dims(context, (1, 2)), state

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
