"""Training that goes on where it was stopped, also by SIGKILL, and ends as if it never was."""

import shutil
from collections.abc import Sequence
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
        folder: The folder of the checkpoint, which no other training uses.
        keep: Whether this process writes the checkpoint; of several processes one does.
        model: The model whose state is kept; None takes the model that is fitted.
        work: A text that stands for the training, in words or as a digest: a checkpoint of other work is not restored.
            With an empty text any is.

    Example:
        >>> import tempfile
        >>> Checkpoint(tempfile.mkdtemp()).finished_epochs
        0
    """

    def __init__(self, folder: str | Path, keep: bool = True, model: keras.Model | None = None, work: str = ""):
        super().__init__()
        self.work = work
        self.trained = model
        self.folder = Path(folder)
        self.keep = keep
        self.random: dict[str, np.ndarray] = {}

    @property
    def newest(self) -> Path | None:
        """This is the file of the newest checkpoint; None if there is none."""
        return max(self.folder.glob("epoch-*.npz"), default=None)

    @property
    def finished_epochs(self) -> int:
        """This is the number of epochs after which the newest checkpoint was written; 0 if there is none."""
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
            np.savez(staged, *values, work=np.array(self.work), **backend.random_states())
        if before:
            before.unlink()

    def restore(self, model: keras.Model) -> None:
        """Brings a model to the state of the newest checkpoint, if there is one.

        A file that is damaged, or that is of other work or of another model, is moved aside with a message, and nothing
        is restored; a process that does not write (`keep=False`) raises the error instead.

        Args:
            model: The model to change, compiled and with its optimizer built.
        """
        if self.newest is None:
            return
        variables = state(model)
        try:
            values, random = self._read([tuple(variable.shape) for variable in variables])
        except Exception as error:  # Whatever a damaged archive raises: zipfile and NumPy know many ways.
            if not self.keep:
                raise
            broken = self.newest
            aside = files.set_aside(broken)
            why = error if isinstance(error, WrongState) else "is damaged"
            files.tell(f"{broken} {why}: moved to {aside.name}; the training begins anew.")
            return
        self.random = random
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _read(self, shapes: Sequence[tuple[int, ...]]) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
        """Values of variables of these shapes, and the states of random generators."""
        assert self.newest is not None
        if not self.newest.is_file():
            raise WrongState(files.NO_FILE)
        with self.newest.open("rb") as file, np.load(file) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        # An earlier version did not name the work.
        work = kept.pop("work", "")
        if self.work and str(work) not in ("", self.work):
            raise WrongState("is of other work")
        values = [kept.pop(name) for name in sorted((name for name in kept if name.startswith("arr_")), key=_number)]
        if [value.shape for value in values] != list(shapes):
            raise WrongState("holds the state of another model")
        return values, kept


class WrongState(ValueError):
    """A checkpoint is whole, but not of this training."""


def _number(name: str) -> int:
    return int(name.removeprefix("arr_"))


def state(model: keras.Model) -> list[keras.Variable]:
    """All variables that a training changes."""
    return [*model.variables, *model.optimizer.variables]


def discard(folder: str | Path) -> None:
    """Removes the folder of a checkpoint, once the result of the training is saved; there need be none.

    Args:
        folder: The folder of the checkpoint.
    """
    shutil.rmtree(folder, ignore_errors=True)
