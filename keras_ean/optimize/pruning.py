"""Magnitude pruning, arXiv 1710.01878, with tfmot's schedules and masks, on Keras 3."""

import keras
import numpy as np

from keras_ean.optimize import tfmot
from keras_ean.optimize.kernels import KernelCallback, Select, iterations, warn_unfinished

TWO_OF_FOUR = (2, 4)


class Pruning(KernelCallback):
    """Sets more and more of the smallest weights of each kernel to zero while `fit` runs, and keeps them there; it is a
    callback of `fit`.

    Args:
        model: The built model that `fit` will train.
        sparsity: The share of zeros in each kernel at the end, between 0 and 1; it is reached but for rounding.
        schedule: How the share grows: "polynomial", fast at first and slow at the end, or "constant", all at once.
        pattern: Which weights go together: None for single weights; "2:4" for two zeros in each four neighbours along
            the input channels, with a sparsity of 0.5; (rows, columns) for blocks of dense kernels.
        begin, end: When the first zeros come, and when all are there: each a share of the training (a float) or a
            number of steps (an int).
        frequency: The number of steps between two choices of the weights to set to zero; None makes 50 choices in all.
        select: A function that tells of each convolution and dense layer whether to prune it; None takes all.

    Raises:
        ValueError: A value is outside its range, or no layer can be pruned.
        RuntimeError: The backend is not TensorFlow.

    Attributes:
        kernels: The kernels that are pruned, by path.
        skipped: The reason why a kernel is not pruned, by path.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(20), keras.layers.Dense(2)])
        >>> model.compile("sgd", "mse", jit_compile=False)
        >>> pruning = Pruning(model, sparsity=0.75)
        >>> history = model.fit(np.ones((64, 8)), np.ones((64, 2)), batch_size=8, verbose=0, callbacks=[pruning])
        >>> pruning.sparsity
        0.75
    """

    def __init__(
        self,
        model: keras.Model,
        sparsity: float = 0.8,
        schedule: str = "polynomial",
        pattern: str | tuple[int, int] | None = None,
        begin: int | float = 0.0,
        end: int | float = 0.75,
        frequency: int | None = None,
        select: Select | None = None,
    ):
        if isinstance(sparsity, bool) or not 0 < sparsity < 1:
            raise ValueError(f"The sparsity is the share of zeros, between 0 and 1, not {sparsity!r}.")
        self.block, self.zeros_of = parse_pattern(pattern)
        if self.zeros_of and sparsity != 0.5:
            raise ValueError(f"The pattern 2:4 has a sparsity of 0.5, not {sparsity!r}.")
        tfmot.schedule(schedule, sparsity, 0, 1)
        super().__init__(model, select)
        self.goal, self.schedule_name = sparsity, schedule
        self.begin, self.end, self.frequency = begin, end, frequency
        self.masks = {
            path: keras.Variable(np.ones(kernel.shape, "float32"), trainable=False, dtype=kernel.dtype)
            for path, kernel in self.kernels.items()
        }
        self.first_epoch = True

    def unfit(self, shape):
        if self.zeros_of and shape[-2] % self.zeros_of[1]:
            return f"{shape[-2]} input channels are no multiple of {self.zeros_of[1]}"
        if self.block != (1, 1) and (len(shape) != 2 or any(n <= b for n, b in zip(shape, self.block, strict=True))):
            return "blocks are for kernels of two dimensions with more than one block along each"
        return None

    def constraint(self, kernel):
        mask = self.masks[kernel.path]
        return lambda w: w * mask

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.first_epoch = True

    def on_epoch_begin(self, epoch, logs=None):
        if not self.first_epoch:
            return
        self.first_epoch = False
        steps = self.params.get("steps")
        if steps is None and any(isinstance(value, float) for value in (self.begin, self.end)):
            raise ValueError("The data set does not tell its number of steps: give begin and end as steps, not shares.")
        # Counted from where this training began, so that a training that is resumed goes on with its schedule.
        self.origin = iterations(self.model) - epoch * (steps or 0)
        self.first, self.last = (
            round(value * steps * self.params["epochs"]) if isinstance(value, float) else value
            for value in (self.begin, self.end)
        )
        self.schedule = tfmot.schedule(self.schedule_name, self.goal, self.first, max(self.last, self.first + 1))
        self.every = self.frequency or max(1, (self.last - self.first) // 50)
        self.due = self.first
        self.update(self.step)

    def on_train_batch_end(self, batch, logs=None):
        self.update(self.step)

    @property
    def step(self) -> int:
        """This is the number of training steps so far, from which the schedule counts; it goes on where a resumed
        training does.
        """
        return iterations(self.model) - self.origin

    def update(self, step: int) -> None:
        """Chooses anew which weights are zero, if that is due, and sets them to zero.

        Args:
            step: The number of training steps so far, as `step` gives it.
        """
        if step < self.due:
            return
        for path, kernel in self.kernels.items():
            mask = tfmot.mask(np.asarray(kernel.value), self.schedule, min(step, self.last), self.block, self.zeros_of)
            self.masks[path].assign(mask)
            kernel.assign(kernel * mask)
        # Several steps may pass between two calls; the last update is never left out, and none follows it.
        self.due = min(step + self.every, self.last) if step < self.last else float("inf")

    def on_train_end(self, logs=None):
        if self.step < self.last:
            warn_unfinished(self.step, self.last, self.sparsity)
        super().on_train_end(logs)


prune = Pruning
"""The verb, as it reads in a script; the callback is what it gives."""


def parse_pattern(pattern: str | tuple[int, int] | None) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """(block, zeros_of) as `tfmot.mask` takes them."""
    if pattern is None:
        return (1, 1), None
    if pattern == "2:4":
        return (1, 1), TWO_OF_FOUR
    if isinstance(pattern, tuple) and len(pattern) == 2 and all(isinstance(n, int) and n > 0 for n in pattern):
        return pattern, None
    raise ValueError(f"The pattern is None, '2:4' or a block (rows, columns), not {pattern!r}.")
