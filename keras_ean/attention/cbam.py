"""Convolutional Block Attention Module, arXiv 1807.06521."""

import keras
from keras import ops

from keras_ean.attention.base import Gate, average, positive, register, squeezed
from keras_ean.attention.norm import PlaceNorm


@register("cbam")
class CBAM(Gate):
    """A channel gate, then a spatial gate on what it lets through: y = x · g_c · g_s.

    g_c = σ(MLP(mean_hw(x)) + MLP(max_hw(x))), MLP: C → ⌊C/r⌋ → C with ReLU; with z = x · g_c,
    g_s = σ(BN(conv_k×k([mean_c(z), max_c(z)]))), as in the authors' code (the paper's equation leaves BN out).

    Not shared between blocks: BN's moving statistics. Shared: the MLP, the convolution, BN's γ and β.

    Args:
        reduction: The factor r by which the hidden layer of the MLP is narrower than the map; it has at least one unit.
        kernel: The side k of the spatial convolution's kernel in positions, an odd number.

    Raises:
        ValueError: The kernel is an even number.

    Example:
        >>> y, state = CBAM(reduction=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """

    def __init__(self, reduction: int = 16, kernel: int = 7, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)
        if positive("kernel", kernel) % 2 == 0:
            raise ValueError(f"kernel is an odd number of positions, not {kernel!r}.")
        self.kernel = kernel

    def build(self, x_shape):
        super().build(x_shape)
        hidden = squeezed(self.channels, self.reduction)
        self.squeeze = self.dense(hidden, self.channels, "squeeze", activation="relu")
        self.excite = self.dense(self.channels, hidden, "excite")
        self.conv = keras.layers.Conv2D(
            1,
            self.kernel,
            padding="same",
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv",
        )
        self.conv.build((None, None, None, 2))
        self.norm = PlaceNorm(self.places, dtype=self.dtype_policy, name="norm")
        self.norm.build((None, None, None, 1))

    def gate(self, x, state):
        pooled = average(x), ops.max(x, axis=(1, 2))
        channel = ops.sigmoid(sum(self.excite(self.squeeze(p)) for p in pooled))
        channel = ops.expand_dims(channel, (1, 2))
        z = x * channel
        maps = ops.concatenate([average(z, -1, keepdims=True), ops.max(z, axis=-1, keepdims=True)], axis=-1)
        return channel * ops.sigmoid(self.norm(self.conv(maps), place=self.place)), state

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction, "kernel": self.kernel}
