"""Trainings that lose their numbers end at once, and the last good state stays the one that is kept."""

import math
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean.training.checkpoint import state

HOPELESS = 1e6
"""Times the loss of the first batch (or 1, if that is less): a mean loss above it over an epoch comes from weights that
have run away, and from which nothing is learnt, though they may stay finite."""


class NotFinite(ValueError):
    """A training, or what it has trained, gives numbers that are infinite, no numbers at all, or beyond all measure."""


class Finite(keras.callbacks.Callback):
    """Raises `NotFinite` where a training loses its numbers: after the step whose loss is not finite, or after the
    epoch whose loss is `HOPELESS` or whose weights or optimizer are not finite.

    Give it to `fit` before what writes a checkpoint, so that no such state is ever kept.

    Args:
        model: The model whose weights and optimizer are looked at.
        title: What the message calls the training.
        advice: What the message says one can try.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="head")])
        >>> model.compile(keras.optimizers.SGD(1e30), "mse")
        >>> batch = np.ones((4, 2)), np.ones(4)
        >>> model.fit(*batch, epochs=3, callbacks=[Finite(model, "mine")], verbose=0)
        Traceback (most recent call last):
        ...
        keras_ean.training.finite.NotFinite: mine: in epoch 2 of 3 the loss is inf, ...
    """

    def __init__(self, model: keras.Model, title: str, advice: str = ""):
        super().__init__()
        self.trained, self.title, self.advice = model, title, advice
        self.first: float | None = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", 0.0)
        self.first = loss if self.first is None else self.first
        if not math.isfinite(loss):
            self._end(f"the loss is {loss}")

    def on_epoch_end(self, epoch, logs=None):
        loss = (logs or {}).get("loss", 0.0)
        if loss > HOPELESS * max(1.0, self.first or 0.0):
            self._end(f"the loss is {loss:.2g}, after {self.first:.2g} in the beginning")
        if not_finite(state(self._current())):
            self._end(f"the loss is {loss:.3g}")

    def _current(self) -> keras.Model:
        assert self.model is not None  # On JAX, asking for it brings the weights up to date.
        return self.trained

    def _end(self, what: str) -> None:
        lost, epochs = not_finite(state(self._current())), self.params["epochs"]
        weights = f"and the first weights that are not finite are those of {lost}" if lost else "with finite weights"
        kept = f"The state after epoch {self.epoch} is kept." if self.epoch else "There is no good state to go back to."
        raise NotFinite(
            f"{self.title}: in epoch {self.epoch + 1} of {epochs} {what}, {weights}. {kept} {self.advice}".rstrip()
        )


def check_outputs(model: keras.Model, outputs: Any) -> None:
    """NotFinite unless all that a model predicts, an array or a structure of arrays, is finite."""
    for values in keras.tree.flatten(outputs):
        finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        if not finite.all():
            raise NotFinite(
                f"The network {model.name!r} predicts values that are not finite for {int((~finite).sum())} of "
                f"{len(values)} images, so it cannot be judged. Train it with a lower rate, and look at these images."
            )


def not_finite(variables: Iterable[keras.Variable]) -> str:
    """The first one with values that are not finite, as "layer/kernel"; empty if there is none."""
    for variable in variables:
        values = ops.convert_to_numpy(variable)
        if not np.isfinite(values.astype("float32", copy=False)).all():
            return variable.path
    return ""
