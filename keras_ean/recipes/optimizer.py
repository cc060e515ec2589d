"""SGD as the reference trains: weight decay in the gradient."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class CoupledSGD(keras.optimizers.SGD):
    """Takes steps of SGD with momentum μ and an L2 term: g ← g + λw, v ← μv + g, w ← w − ηv (PyTorch's `SGD`).

    `keras.optimizers.SGD(weight_decay=…)` shrinks the weights beside the gradient, outside the momentum; and it
    multiplies the rate η into v, so that after a drop of the rate old, large steps go on for a while. The term
    reaches every trainable weight, biases and BatchNorm's scale and offset too, as in the reference.

    Args:
        learning_rate: The rate η, or a schedule that gives it for each step.
        momentum: The factor μ by which the steps before still count, from 0 to below 1.
        nesterov: Whether the step looks ahead along the momentum: w ← w − η(g + μv) instead of w ← w − ηv.
        l2: The factor λ of the L2 term, 0 or above.

    Raises:
        ValueError: The factor of the L2 term is below 0.

    Example:
        >>> weight = keras.Variable([1.0])
        >>> optimizer = CoupledSGD(0.5, momentum=0.9, l2=0.1)
        >>> optimizer.apply([keras.ops.ones(1)], [weight])
        >>> round(float(weight[0]), 3)
        0.45
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.1,
        momentum: float = 0.9,
        nesterov: bool = False,
        l2: float = 0.0,
        **kwargs,
    ):
        super().__init__(learning_rate, momentum, nesterov, **kwargs)
        if l2 < 0:
            raise ValueError(f"l2 must not be negative, got {l2}.")
        self.l2 = l2

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        if self.l2:
            gradient = gradient + self.l2 * variable
        if self.momentum and keras.backend.backend() == "tensorflow":
            self._tensorflow_step(gradient, variable, rate)
            return
        step = gradient
        if self.momentum:
            velocity = self.momentums[self._get_variable_index(variable)]
            step = self.momentum * velocity + gradient
            self.assign(velocity, step)
            if self.nesterov:
                step = gradient + self.momentum * step
        self.assign_sub(variable, rate * step)

    def _tensorflow_step(self, gradient, variable, rate) -> None:
        """The same in one operation: a deep network has hundreds of weights, and each operation takes time to trace."""
        import tensorflow as tf

        velocity = self.momentums[self._get_variable_index(variable)]
        tf.raw_ops.ResourceApplyMomentum(
            var=variable.handle,
            accum=velocity.value.handle,
            lr=rate,
            grad=gradient,
            momentum=tf.cast(self.momentum, gradient.dtype),
            use_nesterov=self.nesterov,
        )

    def get_config(self):
        return {**super().get_config(), "l2": self.l2}
