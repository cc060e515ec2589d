"""Training that goes on where it was stopped, also by SIGKILL, and ends as if it never was."""

import shutil
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_ean import backend, files


class Checkpoint(keras.callbacks.Callback):
    """Keeps the whole state of a training after each epoch, the newest only, in one file that is whole or absent.

    The state is all variables of the model, seeds of its random layers included, and of its optimizer; on PyTorch also
    that of PyTorch's generators, from which Keras draws there.
    `keras.callbacks.BackupAndRestore` leaves the seeds out, and two files that a kill can leave torn.

    Args:
        folder: of this one training.
        keep: whether to write; of several processes one does.
        model: whose state; default: of the model that is fitted.

    Example:
        >>> import tempfile
        >>> Checkpoint(tempfile.mkdtemp()).finished_epochs
        0
    """

    def __init__(self, folder: str | Path, keep: bool = True, model: keras.Model | None = None):
        super().__init__()
        self.trained = model
        self.folder = Path(folder)
        self.keep = keep
        self.random: dict[str, np.ndarray] = {}

    @property
    def newest(self) -> Path | None:
        return max(self.folder.glob("epoch-*.npz"), default=None)

    @property
    def finished_epochs(self) -> int:
        return int(self.newest.stem.removeprefix("epoch-")) if self.newest else 0

    def on_epoch_begin(self, epoch, logs=None):
        # Not before: the beginning of `fit` draws random numbers too.
        backend.restore_random_states(self.random)
        self.random = {}

    def on_epoch_end(self, epoch, logs=None):
        if not self.keep:
            return
        before = self.newest
        with files.replacing(self.folder / f"epoch-{epoch + 1:06}.npz") as staged:
            values = [ops.convert_to_numpy(variable) for variable in state(self.trained or self.model)]
            np.savez(staged, *values, **backend.random_states())
        if before:
            before.unlink()

    def restore(self, model: keras.Model) -> None:
        """Brings a model of the same architecture, compiled and with its optimizer built, to the newest state.

        Raises:
            ValueError: the state is of another model.
        """
        if self.newest is None:
            return
        with np.load(self.newest) as arrays:
            values = [arrays[name] for name in arrays.files if name.startswith("arr_")]
            self.random = {name: arrays[name] for name in arrays.files if not name.startswith("arr_")}
        variables = state(model)
        if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
            raise ValueError(f"{self.newest} holds the state of another model; remove it to start anew.")
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def state(model: keras.Model) -> list[keras.Variable]:
    """All variables that a training changes."""
    return [*model.variables, *model.optimizer.variables]


def discard(folder: str | Path) -> None:
    """Removes a checkpoint folder."""
    shutil.rmtree(folder, ignore_errors=True)
