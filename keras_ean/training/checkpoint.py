"""Training that goes on where it was stopped, also by SIGKILL, and ends as if it never was."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_ean import files
from keras_ean.data import Batches, OnDevice


class Checkpoint(keras.callbacks.Callback):
    """Keeps the whole state of a training after each epoch, the newest only, in one file that is whole or absent.

    The state is all variables of the model, seeds of its random layers included, and of its optimizer.
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

    @property
    def newest(self) -> Path | None:
        return max(self.folder.glob("epoch-*.npz"), default=None)

    @property
    def finished_epochs(self) -> int:
        return int(self.newest.stem.removeprefix("epoch-")) if self.newest else 0

    def on_epoch_end(self, epoch, logs=None):
        if not self.keep:
            return
        before = self.newest
        with files.replacing(self.folder / f"epoch-{epoch + 1:06}.npz") as staged:
            np.savez(staged, *(ops.convert_to_numpy(variable) for variable in state(self.trained or self.model)))
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
            values = [arrays[f"arr_{index}"] for index in range(len(arrays.files))]
        variables = state(model)
        if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
            raise ValueError(f"{self.newest} holds the state of another model; remove it to start anew.")
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def state(model: keras.Model) -> list[keras.Variable]:
    """All variables that a training changes."""
    return [*model.variables, *model.optimizer.variables]


def fit(
    model: keras.Model,
    batches,
    epochs: int,
    folder: str | Path,
    callbacks: Sequence = (),
    keep: bool = True,
    **options,
) -> None:
    """`model.fit` that continues from the last checkpoint in `folder`; a training that is finished does nothing.

    Args:
        model: built and compiled, its optimizer built.
        batches: a `keras_ean.data.Batches`, told the epoch at the beginning of each; on TensorFlow its `tf_data`, and
            `keras_ean.data.OnDevice` where that pays.
        epochs: in all.
        folder: of the checkpoint; `discard` it when the result is saved.
        callbacks: for `fit`.
        keep: whether to write checkpoints; of several processes one does.
        options: for `fit`.
    """
    checkpoint = Checkpoint(folder, keep, model)
    checkpoint.restore(model)
    done = checkpoint.finished_epochs
    batches.start(done)
    trainer, data, steps = model, batches, None
    if OnDevice.pays(batches):
        trainer = OnDevice(model, batches)
        data = batches = trainer.draws
    elif keras.backend.backend() == "tensorflow" and isinstance(batches, Batches):
        data, steps = batches.tf_data(), len(batches)
    # Under a strategy of TensorFlow, reading ahead makes the batches' own count of epochs unreliable.
    epoch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.start(epoch))
    trainer.fit(
        data,
        epochs=epochs,
        initial_epoch=done,
        steps_per_epoch=steps,
        shuffle=False,
        callbacks=[epoch, *callbacks, checkpoint],
        **options,
    )


def discard(folder: str | Path) -> None:
    """Removes a checkpoint folder."""
    shutil.rmtree(folder, ignore_errors=True)
