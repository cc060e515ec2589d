"""Dense-and-Implicit Attention: an LSTM cell shared by the blocks of a stage, arXiv 1905.10671."""

from keras import ops

from keras_ean.attention.base import Gate, average, positive, register, squeezed


@register("dia")
class DIA(Gate):
    """Channel gate h from an LSTM cell that runs along the blocks: (h, c) = cell(mean_hw(x), h, c), y = x · h.

    gates = MLP_x(p) + MLP_h(h), each MLP C → ⌊C/r⌋ → 4C with ReLU; i, f, g, o = split(gates);
    c' = σ(f)·c + σ(i)·tanh(g); h' = σ(o)·σ(c'). The state starts at zero in every stage and passes unchanged
    through blocks that are not connected.

    Not shared between blocks: nothing. Shared: the cell.

    Args:
        reduction: The factor r by which the hidden layer of either MLP is narrower than the map; it has at least one
            unit.

    Example:
        >>> import keras
        >>> y, (h, c) = DIA(reduction=4)(keras.ops.ones((2, 8, 8, 16)))
        >>> tuple(h.shape)
        (2, 16)
    """

    def __init__(self, reduction: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.reduction = positive("reduction", reduction)

    def build(self, x_shape):
        super().build(x_shape)
        hidden = squeezed(self.channels, self.reduction)
        self.input_squeeze = self.dense(hidden, self.channels, "input_squeeze", activation="relu")
        self.input_gates = self.dense(4 * self.channels, hidden, "input_gates")
        self.state_squeeze = self.dense(hidden, self.channels, "state_squeeze", activation="relu")
        self.state_gates = self.dense(4 * self.channels, hidden, "state_gates")

    def initial_state(self, x):
        zero = ops.zeros((ops.shape(x)[0], x.shape[-1]), dtype=x.dtype)
        return zero, zero

    def state_shapes(self, x_shape):
        return ((x_shape[0], x_shape[-1]),) * 2

    def gate(self, x, state):
        h, c = state
        p = average(x)
        gates = self.input_gates(self.input_squeeze(p)) + self.state_gates(self.state_squeeze(h))
        i, f, g, o = ops.split(gates, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.sigmoid(c)
        return ops.expand_dims(h, (1, 2)), (h, c)

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
