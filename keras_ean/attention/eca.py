"""Efficient Channel Attention, arXiv 1910.03151."""

import math

import keras
from keras import ops

from keras_ean.attention.base import Gate, average, positive, register


@register("eca")
class ECA(Gate):
    """Channel gate g = σ(w ∗ p): the global average p = mean_hw(x), convolved along the channels with k taps.

    k is the odd number next to log₂(C)/2 + 1/2 (the paper's γ = 2, b = 1): the integer part, or one more if it is even.

    Not shared between blocks: nothing. Shared: w, k parameters.

    Args:
        kernel: The number k of neighbouring channels that a gate is computed from, odd; None derives it from the number
            of channels as above.

    Raises:
        ValueError: The kernel is an even number.

    Example:
        >>> y, state = ECA()(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(y.shape)
        (2, 8, 8, 16)
    """

    def __init__(self, kernel: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if kernel is not None and positive("kernel", kernel) % 2 == 0:
            raise ValueError(f"kernel is an odd number of channels, or None, not {kernel!r}.")
        self.kernel = kernel

    def build(self, x_shape):
        super().build(x_shape)
        taps = self.kernel or int((math.log2(self.channels) + 1) / 2) | 1
        self.conv = keras.layers.Conv1D(
            1,
            taps,
            padding="same",
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv",
        )
        self.conv.build((None, self.channels, 1))

    def gate(self, x, state):
        p = ops.expand_dims(average(x), -1)
        return ops.reshape(ops.sigmoid(self.conv(p)), (-1, 1, 1, self.channels)), state

    def get_config(self):
        return {**super().get_config(), "kernel": self.kernel}
