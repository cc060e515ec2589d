"""Learning rates over the steps of a training."""

import math
from collections.abc import Sequence

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Raises the rate linearly to its peak, then lowers it to 0 along half a cosine (after arXiv 1708.07120).

    Args:
        peak: The highest rate, which the last step of the warm-up has.
        steps: The number of steps of the whole training.
        warmup: The number of steps at the beginning over which the rate rises; with 0 it begins at the peak.

    Raises:
        ValueError: The warm-up is not shorter than the training, or below 0.

    Example:
        >>> rate = OneCycle(peak=0.4, steps=8, warmup=4)
        >>> [round(float(rate(step)), 3) for step in range(9)]
        [0.1, 0.2, 0.3, 0.4, 0.4, 0.341, 0.2, 0.059, 0.0]
    """

    def __init__(self, peak: float, steps: int, warmup: int = 0):
        super().__init__()
        if not 0 <= warmup < steps:
            raise ValueError(f"The warm-up must be shorter than the training: {warmup} of {steps} steps.")
        self.peak, self.steps, self.warmup = peak, steps, warmup

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup)
        part = ops.clip((step - self.warmup) / (self.steps - self.warmup), 0, 1)
        falling = 0.5 * (1 + ops.cos(math.pi * part))
        return self.peak * ops.where(step < self.warmup, rising, falling)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup}


def step_decay(
    rate: float, milestones: Sequence[int], factor: float, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """`rate`, times `factor` from the first step of each epoch in `milestones` (counted from 0) on.

    Example:
        >>> rate = step_decay(0.1, (2,), 0.1, steps_per_epoch=3)
        >>> [round(float(rate(step)), 3) for step in (5, 6)]
        [0.1, 0.01]
    """
    if not milestones:
        return rate
    last_steps = [epoch * steps_per_epoch - 1 for epoch in milestones]
    rates = [rate * factor**drops for drops in range(len(milestones) + 1)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(last_steps, rates)
