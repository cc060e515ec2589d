"""Coordinate Attention, arXiv 2103.02907."""

from keras import ops

from keras_ean.attention.base import Gate, average, positive, register, squeezed
from keras_ean.attention.norm import PlaceNorm


@register("coord")
class Coord(Gate):
    """A gate per row and one per column: y = x · g_h · g_w.

    The means over the width, (H, C), and over the height, (W, C), go stacked through f = hswish(BN(F₁ ·)) with
    max(8, ⌊C/r⌋) units, are parted again, and give g_h = σ(F_h f_h), g_w = σ(F_w f_w).

    Not shared between blocks: BN's moving statistics. Shared: F₁, F_h, F_w, BN's γ and β.

    Args:
        reduction: The factor r by which the shared layer F₁ is narrower than the map; it has at least 8 units.

    Example:
        >>> import keras
        >>> y, state = Coord()(keras.ops.ones((2, 8, 6, 16)))
        >>> tuple(y.shape)
        (2, 8, 6, 16)
    """

    def __init__(self, reduction: int = 32, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)

    def build(self, x_shape):
        super().build(x_shape)
        hidden = max(8, squeezed(self.channels, self.reduction))
        self.squeeze = self.dense(hidden, self.channels, "squeeze")
        self.norm = PlaceNorm(self.places, dtype=self.dtype_policy, name="norm")
        self.norm.build((None, None, hidden))
        self.rows = self.dense(self.channels, hidden, "rows", activation="sigmoid")
        self.columns = self.dense(self.channels, hidden, "columns", activation="sigmoid")

    def gate(self, x, state):
        height = ops.shape(x)[1]
        lines = ops.concatenate([average(x, 2), average(x, 1)], axis=1)
        f = ops.hard_swish(self.norm(self.squeeze(lines), place=self.place))
        rows, columns = self.rows(f[:, :height]), self.columns(f[:, height:])
        return ops.expand_dims(rows, 2) * ops.expand_dims(columns, 1), state

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
