"""Spatial Group-wise Enhance, arXiv 1905.09646."""

from keras import ops

from keras_ean.attention.base import Gate, positive, register


@register("sge")
class SGE(Gate):
    """Spatial gate per channel group, σ(w_g t̂ + b_g), t̂ the normalised similarity of a position to the group's mean.

    t[b, hw, g] = Σ_{c in g} x[b, hw, c] · mean_hw(x[b, c]), less its mean over hw, divided by its standard deviation
    (unbiased) + 1e-5. On a constant map and on 1×1 the similarity is 0, in value and gradient.

    Not shared between blocks: nothing. Shared: w and b, two parameters a group.

    Args:
        groups: of consecutive channels; must divide the channels.

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
        channels = x_shape[-1]
        if channels % self.groups:
            raise ValueError(
                f"SGE needs groups that divide the channels, but {self.groups} groups do not divide "
                f"{channels} channels: choose another groups=."
            )
        self.weight = self.add_weight(shape=(self.groups,), initializer="zeros", name="weight")
        self.bias = self.add_weight(shape=(self.groups,), initializer="ones", name="bias")

    def gate(self, x, state):
        channels, shape = x.shape[-1], ops.shape(x)
        grouped = ops.reshape(x, (-1, shape[1] * shape[2], self.groups, channels // self.groups))
        t = ops.sum(grouped * ops.mean(grouped, axis=1, keepdims=True), axis=-1)
        t = t - ops.mean(t, axis=1, keepdims=True)
        positions = ops.cast(shape[1] * shape[2], t.dtype)
        variance = ops.sum(ops.square(t), axis=1, keepdims=True) / ops.maximum(positions - 1, 1)
        varies = variance > 0
        deviation = ops.where(varies, ops.sqrt(ops.where(varies, variance, 1.0)), 0.0)
        g = ops.sigmoid(t / (deviation + 1e-5) * self.weight + self.bias)
        g = ops.repeat(g, channels // self.groups, axis=-1)
        return ops.reshape(g, (-1, shape[1], shape[2], channels)), state

    def get_config(self):
        return {**super().get_config(), "groups": self.groups}
