"""The layer scale of ConvNeXt's blocks."""

import keras
from keras import layers


@keras.saving.register_keras_serializable("keras_ean")
class LayerScale(layers.Layer):
    """y = x · s, with a scale per channel that starts at 1e-6, arXiv 2103.17239.

    Example:
        >>> float(LayerScale()(keras.ops.ones((1, 4)))[0, 0]) < 1e-5
        True
    """

    def build(self, x_shape):
        self.scale = self.add_weight(shape=(x_shape[-1],), initializer=keras.initializers.Constant(1e-6), name="scale")

    def call(self, x):
        return x * self.scale
