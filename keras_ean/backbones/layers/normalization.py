"""BatchNorm of feature maps at the speed of the backend."""

import keras


@keras.saving.register_keras_serializable("keras_ean")
class BatchNorm(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, with the same weights and results; on TensorFlow one fused kernel.

    Keras writes the normalisation as separate operations, which XLA fuses. Without XLA on TensorFlow each is a
    pass over the map, and a training step of ResNet-164 on a CPU takes half as long again (benchmarks/README.md).
    The kernel is for maps (batch, height, width, channels) normalised over the last axis; all else, symbolic tensors
    among it, is Keras's own code. Statistics are float32 in float16 and bfloat16 too.

    Args: see `keras.layers.BatchNormalization`.

    Example:
        >>> norm = BatchNorm(momentum=0.9, epsilon=1e-5)
        >>> y = norm(keras.ops.ones((2, 2, 2, 3)), training=True)
        >>> round(float(norm.moving_mean[0]), 2)
        0.1
    """

    def call(self, inputs, training=None, mask=None):
        if keras.backend.backend() != "tensorflow" or mask is not None or not self._fused(inputs):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        learns = bool(training and self.trainable)
        x = tf.cast(inputs, self.compute_dtype)
        channels = x.shape[-1]
        none = tf.zeros((0,))
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones((channels,)),
            offset=tf.convert_to_tensor(self.beta) if self.center else tf.zeros((channels,)),
            mean=none if learns else tf.convert_to_tensor(self.moving_mean),
            variance=none if learns else tf.convert_to_tensor(self.moving_variance),
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            # The kernel's variance is the unbiased one, Keras's is not.
            values = tf.cast(tf.size(x) // channels, "float32")
            variance *= (values - 1) / values
            for moving, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(moving * self.momentum + new * (1.0 - self.momentum))
        return y

    def _fused(self, inputs) -> bool:
        maps = len(inputs.shape) == 4 and self.axis in (-1, 3)
        known = maps and not isinstance(inputs, keras.KerasTensor)
        return known and self.compute_dtype in FUSED and not (self.renorm or self.synchronized)


FUSED = ("float32", "float16", "bfloat16")
"""Types that the kernel computes in."""
