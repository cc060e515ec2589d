"""Bottleneck Attention Module, arXiv 1807.06514."""

import keras
from keras import ops

from keras_ean.attention.base import Gate, average, positive, register, squeezed
from keras_ean.attention.norm import PlaceNorm


@register("bam")
class BAM(Gate):
    """A gate per channel and position, g = 1 + σ(M_c + M_s), from two branches that are added.

    M_c = BN(MLP(mean_hw(x))), MLP: C → ⌊C/r⌋ → C; M_s = BN(f₃(f₂(f₁(f₀(x))))), with f₀ 1×1 to ⌊C/r⌋ channels, f₁ and f₂
    3×3 and dilated, f₃ 1×1 to one channel (equations 3 and 4), ReLU between the layers.

    Not shared between blocks: the moving statistics of both BNs. Shared: all weights, γ and β among them.

    Args:
        reduction: The factor r by which the hidden layers are narrower than the map; they have at least one channel.
        dilation: The distance in positions between the taps of the 3×3 convolutions f₁ and f₂.

    Example:
        >>> y, state = BAM(reduction=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """

    def __init__(self, reduction: int = 16, dilation: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)
        self.dilation = positive("dilation", dilation)

    def build(self, x_shape):
        super().build(x_shape)
        hidden = squeezed(self.channels, self.reduction)
        self.squeeze = self.dense(hidden, self.channels, "squeeze", activation="relu")
        self.excite = self.dense(self.channels, hidden, "excite")
        self.reduce = self.dense(hidden, self.channels, "reduce", activation="relu")
        self.look = [self._dilated(hidden, f"look_{i}") for i in range(2)]
        self.collapse = self.dense(1, hidden, "collapse")
        self.channel_norm = PlaceNorm(self.places, dtype=self.dtype_policy, name="channel_norm")
        self.channel_norm.build((None, self.channels))
        self.spatial_norm = PlaceNorm(self.places, dtype=self.dtype_policy, name="spatial_norm")
        self.spatial_norm.build((None, None, None, 1))

    def _dilated(self, hidden: int, name: str) -> keras.layers.Conv2D:
        conv = keras.layers.Conv2D(
            hidden,
            3,
            padding="same",
            dilation_rate=self.dilation,
            activation="relu",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name=name,
        )
        conv.build((None, None, None, hidden))
        return conv

    def gate(self, x, state):
        channel = self.channel_norm(self.excite(self.squeeze(average(x))), place=self.place)
        z = self.reduce(x)
        for conv in self.look:
            z = conv(z)
        spatial = self.spatial_norm(self.collapse(z), place=self.place)
        return 1 + ops.sigmoid(ops.expand_dims(channel, (1, 2)) + spatial), state

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction, "dilation": self.dilation}
