"""Gather-Excite, arXiv 1810.12348."""

from keras import layers, ops

from keras_ean.attention.base import Gate, average, positive, register, squeezed
from keras_ean.attention.norm import PlaceNorm

VARIANTS = ("pool", "conv", "excite")


@register("ge")
class GE(Gate):
    """A gate per channel and neighbourhood, g = σ(upsample(excite(gather(x)))), upsampled to x's size by repetition.

    - "pool", the paper's GE-θ⁻: gather averages over 2e − 1 positions at stride e, or over the whole map.
    - "conv", GE-θ: gather is log₂ e depthwise 3×3 convolutions of stride 2, or one of the map's size, each with BN,
      ReLU between them.
    - "excite", GE-θ⁺: as "conv", then an MLP C → ⌊C/r⌋ → C with ReLU.

    Not shared between blocks: BN's moving statistics. Shared: all weights; "pool" has none.

    Args:
        extent: The distance e in positions between neighbourhoods, a power of 2 from 2 on; None takes the whole map as
            one.
        variant: What gathers and excites, as listed above: "pool", "conv" or "excite".
        reduction: The factor r by which the hidden layer of "excite" is narrower than the map; the other variants have
            none.

    Raises:
        ValueError: The variant is not known, or the extent is no power of 2. For the whole map and another variant than
            "pool", the size of the map is not known at build, or maps of several sizes come in.

    Example:
        >>> import keras
        >>> y, state = GE(extent=2, variant="excite")(keras.ops.ones((2, 7, 5, 16)))
        >>> tuple(y.shape)
        (2, 7, 5, 16)
    """

    def __init__(self, extent: int | None = None, variant: str = "pool", reduction: int = 16, **kwargs):
        super().__init__(**kwargs)
        if extent is not None and (positive("extent", extent) & (extent - 1) or extent == 1):
            raise ValueError(f"extent is 2, 4, 8, … or None for the whole map, not {extent!r}.")
        if variant not in VARIANTS:
            raise ValueError(f"variant is one of {', '.join(VARIANTS)}, not {variant!r}.")
        self.extent = extent
        self.variant = variant
        self.reduction = positive("reduction", reduction)

    def build(self, x_shape):
        super().build(x_shape)
        if self.variant == "pool":
            return
        if self.extent is None and None in x_shape[1:3]:
            raise ValueError("GE over the whole map with weights needs maps of a known size: give extent=.")
        steps = 1 if self.extent is None else self.extent.bit_length() - 1
        self.convs = [self._gather_conv(x_shape, i) for i in range(steps)]
        self.norms = [PlaceNorm(self.places, dtype=self.dtype_policy, name=f"gather_norm_{i}") for i in range(steps)]
        for norm in self.norms:
            norm.build((None, None, None, self.channels))
        if self.variant == "excite":
            hidden = squeezed(self.channels, self.reduction)
            self.squeeze = self.dense(hidden, self.channels, "squeeze", activation="relu")
            self.excite = self.dense(self.channels, hidden, "excite")

    def _gather_conv(self, x_shape, index: int) -> layers.DepthwiseConv2D:
        whole = self.extent is None
        conv = layers.DepthwiseConv2D(
            tuple(x_shape[1:3]) if whole else 3,
            strides=1 if whole else 2,
            use_bias=False,
            data_format="channels_last",
            dtype=self.dtype_policy,
            name=f"gather_conv_{index}",
        )
        conv.build((None, *x_shape[1:3], self.channels))
        return conv

    def gather(self, x):
        """(batch, ⌈height / e⌉, ⌈width / e⌉, channels)."""
        if self.variant == "pool":
            if self.extent is None:
                return average(x, keepdims=True)
            return pooled(x, self.extent) / pooled(ops.ones_like(x[:1, :, :, :1]), self.extent)
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = ops.relu(x) if i else x
            x = x if self.extent is None else ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
            x = norm(conv(x), place=self.place)
        return x

    def gate(self, x, state):
        g = self.gather(x)
        if self.variant == "excite":
            g = self.excite(self.squeeze(g))
        g = ops.sigmoid(g)
        if self.extent is not None:
            g = ops.repeat(ops.repeat(g, self.extent, axis=1), self.extent, axis=2)
            g = g[:, : ops.shape(x)[1], : ops.shape(x)[2]]
        return g, state

    def compute_output_spec(self, x, *args, **kwargs):
        if self.extent is None and self.variant != "pool" and tuple(x.shape[1:3]) != self.convs[0].kernel_size:
            sizes = [f"{height}×{width}" for height, width in (self.convs[0].kernel_size, x.shape[1:3])]
            raise ValueError(
                f"GE over the whole map with weights serves maps of one size, {sizes[0]}, not {sizes[1]} as well: give "
                "extent=, or share=False."
            )
        return super().compute_output_spec(x, *args, **kwargs)

    def get_config(self):
        config = {"extent": self.extent, "variant": self.variant, "reduction": self.reduction}
        return {**super().get_config(), **config}


def pooled(x, extent: int):
    """Means of windows of 2e − 1 at stride e, zeros around. "same" padding would shift them where the size is even."""
    x = ops.pad(x, ((0, 0), (extent - 1, extent - 1), (extent - 1, extent - 1), (0, 0)))
    return ops.average_pool(x, 2 * extent - 1, extent, data_format="channels_last")
