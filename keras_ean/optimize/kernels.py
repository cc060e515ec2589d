"""Kernels under a constraint while `fit` runs: what pruning and clustering have in common."""

import warnings
from collections.abc import Callable

import keras
import numpy as np

Select = Callable[[keras.layers.Layer], bool]


class KernelCallback(keras.callbacks.Callback):
    """Puts constraints on the kernels of convolutions and dense layers when `fit` begins, and takes them off at its
    end.

    Keras's optimizers apply the constraint of a variable inside the compiled step, so this also holds with XLA and with
    several steps per execution. The layers and their configuration stay as they are, so the model stays a plain one.

    A subclass implements `constraint`, and changes its state at the end of batches if it needs to.

    Args:
        model: The built model that `fit` will train.
        select: A function that tells of each convolution and dense layer whether to take it; None takes all.

    Raises:
        RuntimeError: The backend is not TensorFlow.
        TypeError: `model` is no model of Keras 3.
        ValueError: No layer is left to take.
    """

    def __init__(self, model: keras.Model, select: Select | None = None):
        super().__init__()
        if keras.backend.backend() != "tensorflow":
            raise RuntimeError(
                f"Pruning and clustering need the TensorFlow backend, not {keras.backend.backend()!r}: save the model "
                "to a .keras file and load it in a process with KERAS_BACKEND=tensorflow."
            )
        if not isinstance(model, keras.Model):
            raise TypeError(f"A model of Keras 3 is needed, not {type(model).__module__}.{type(model).__name__}.")
        self.target = model
        self.kernels: dict[str, keras.Variable] = {}
        self.skipped: dict[str, str] = {}
        for layer in model._flatten_layers(include_self=False):
            if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense) and (select is None or select(layer)):
                reason = self.unfit(layer.kernel.shape)
                if reason:
                    self.skipped[layer.kernel.path] = reason
                else:
                    self.kernels[layer.kernel.path] = layer.kernel
        if not self.kernels:
            raise ValueError(
                f"No convolution or dense layer of {model.name!r} can be pruned or clustered. "
                + (f"Skipped: {self.skipped}." if self.skipped else "Build the model, or select other layers.")
            )
        self.before: dict[str, Callable | None] | None = None

    def unfit(self, shape: tuple[int, ...]) -> str | None:
        """Says why a kernel of this `shape` cannot be taken; None if it can."""
        return None

    def constraint(self, kernel: keras.Variable) -> Callable:
        """Makes the function that the optimizer applies to a `kernel` after each step, from its weights to those that
        take their place.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement constraint(kernel).")

    def on_train_begin(self, logs=None):
        if self.model is not self.target:
            raise ValueError(
                f"This callback was made for {self.target.name!r}, but trains {self.model.name!r}: make one for that."
            )
        self.strip()
        self.before = {path: kernel.constraint for path, kernel in self.kernels.items()}
        for path, kernel in self.kernels.items():
            kernel.constraint = Chain(self.before[path], self.constraint(kernel))
        # A step that was traced before would not know of the constraints.
        self.model.make_train_function(force=True)

    def on_train_end(self, logs=None):
        # An average over the training, which an optimizer with use_ema has just put in place, keeps to no constraint.
        for kernel in self.kernels.values():
            kernel.assign(kernel.constraint(kernel))
        self.strip()

    def strip(self) -> None:
        """Takes the constraints off. `fit` does this at its end; call it yourself if `fit` was interrupted."""
        if self.before is None:
            return
        for path, kernel in self.kernels.items():
            kernel.constraint = self.before[path]
        self.before = None
        self.target.make_train_function(force=True)

    @property
    def sparsity(self) -> float:
        """This is the share of zeros in the kernels that were taken, 0 … 1."""
        values = [np.asarray(kernel.value) for kernel in self.kernels.values()]
        return sum(int((value == 0).sum()) for value in values) / sum(value.size for value in values)


class Chain(keras.constraints.Constraint):
    """The constraint that a kernel had, then another one."""

    def __init__(self, first: Callable | None, second: Callable):
        self.first, self.second = first, second

    def __call__(self, w):
        return self.second(w if self.first is None else self.first(w))


def iterations(model: keras.Model) -> int:
    """Batches that the optimizer has seen; it counts those over which it accumulates gradients as one step."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return int(keras.ops.convert_to_numpy(optimizer.iterations)) * (optimizer.gradient_accumulation_steps or 1)


def warn_unfinished(step: int, end: int, sparsity: float) -> None:
    warnings.warn(
        f"Training ended at step {step}, before the pruning schedule's end at {end}: {sparsity:.1%} of the weights are "
        "zero. Train on, or choose an earlier end.",
        stacklevel=3,
    )
