"""SimAM, a gate without parameters, PMLR 139 (ICML 2021), https://proceedings.mlr.press/v139/yang21o.html."""

from keras import ops

from keras_ean.attention.base import Gate, register


@register("simam")
class SimAM(Gate):
    """A gate per channel and position, g = σ(d / (4 (v + λ)) + 1/2): how far a value stands out of its map.

    d = (x − mean_hw(x))², v = Σ_hw d / (HW − 1): the inverse of the paper's minimal energy (equation 5). On a 1×1 map v
    is 0. All is computed in float32.

    Not shared between blocks: nothing. Shared: nothing; there are no weights.

    Args:
        regularizer: The λ of the formula, above 0, which bounds the gate on maps that hardly vary.

    Raises:
        ValueError: The regularizer is not a positive number.

    Example:
        >>> import keras
        >>> y, state = SimAM()(keras.ops.ones((2, 8, 8, 16)))
        >>> round(float(y[0, 0, 0, 0]), 4)
        0.6225
    """

    def __init__(self, regularizer: float = 1e-4, **kwargs):
        super().__init__(**kwargs)
        if isinstance(regularizer, bool) or not isinstance(regularizer, int | float) or not regularizer > 0:
            raise ValueError(f"regularizer is a positive number, not {regularizer!r}.")
        self.regularizer = regularizer

    def gate(self, x, state):
        values, shape = ops.cast(x, "float32"), ops.shape(x)
        d = ops.square(values - ops.mean(values, axis=(1, 2), keepdims=True))
        v = ops.sum(d, axis=(1, 2), keepdims=True) / ops.maximum(ops.cast(shape[1] * shape[2], "float32") - 1, 1)
        return ops.sigmoid(d / (4 * (v + self.regularizer)) + 0.5), state

    def get_config(self):
        return {**super().get_config(), "regularizer": self.regularizer}
