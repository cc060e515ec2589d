"""Cross-entropy of logits and integer labels, with label smoothing."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class SmoothedCrossentropy(keras.losses.Loss):
    """Computes the cross-entropy of logits (batch, classes) against smoothed labels, (1 − ε)·one-hot + ε/classes.

    Smoothing keeps a network from becoming surer than its labels are (arXiv 1512.00567, section 7). Labels are class
    numbers, (batch,) or (batch, 1).

    Args:
        smoothing: The share ε of each target that is spread evenly over all classes, from 0 to below 1.
        name: The name of the loss, as Keras uses it in messages.

    Raises:
        ValueError: The smoothing is below 0, or 1 or above.

    Example:
        >>> loss = SmoothedCrossentropy(0.1)([0], keras.ops.array([[2.0, 0.0]]))
        >>> round(float(loss), 3)
        0.227
    """

    def __init__(self, smoothing: float = 0.1, name: str = "smoothed_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 <= smoothing < 1:
            raise ValueError(f"Label smoothing is from 0 to below 1, not {smoothing}.")
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        classes = y_pred.shape[-1]
        targets = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), classes, dtype=y_pred.dtype)
        targets = (1 - self.smoothing) * targets + self.smoothing / classes
        return -ops.sum(targets * ops.log_softmax(y_pred, axis=-1), axis=-1)

    def get_config(self):
        return {**super().get_config(), "smoothing": self.smoothing}
