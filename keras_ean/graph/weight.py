"""A weight as a step of a graph."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class Weight(keras.layers.Layer):
    """A weight as a tensor: what a layer that was taken apart held itself. Called with any tensor of the graph.

    Args:
        shape: The shape of the weight.

    Example:
        >>> tuple(Weight((3,))(keras.ops.ones((1, 4))).shape)
        (3,)
    """

    def __init__(self, shape: tuple[int, ...], **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    @classmethod
    def holding(cls, variable: keras.Variable, **options) -> "Weight":
        """One whose weight is `variable`."""
        holder = cls(variable.shape, trainable=variable.trainable, **options)
        holder.weight, holder.built = variable, True
        return holder

    def build(self, x_shape):
        self.weight = self.add_weight(shape=self.shape, name="weight")

    def call(self, x):
        return ops.convert_to_tensor(self.weight)

    def get_config(self):
        return {**super().get_config(), "shape": self.shape}
