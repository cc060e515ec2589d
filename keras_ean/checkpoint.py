"""Training that goes on where it was stopped, also by SIGKILL."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import keras


class Checkpoint(keras.callbacks.Callback):
    """Keeps weights and optimizer after each epoch, the newest only, in a file that is whole or absent.

    `keras.callbacks.BackupAndRestore` does the same for a process that ends in order; a kill while it writes its
    two files leaves a state that it cannot read.

    Args:
        folder: of the checkpoint of this one training.

    Example:
        >>> import tempfile
        >>> checkpoint = Checkpoint(tempfile.mkdtemp())
        >>> checkpoint.finished_epochs
        0
    """

    def __init__(self, folder: str | Path):
        super().__init__()
        self.folder = Path(folder)

    @property
    def newest(self) -> Path | None:
        return max(self.folder.glob("epoch-*.weights.h5"), default=None)

    @property
    def finished_epochs(self) -> int:
        return int(self.newest.name[6:-11]) if self.newest else 0

    def on_epoch_end(self, epoch, logs=None):
        self.folder.mkdir(parents=True, exist_ok=True)
        before, partial = self.newest, self.folder / "partial.weights.h5"
        self.model.save_weights(partial, overwrite=True)
        partial.replace(self.folder / f"epoch-{epoch + 1:06}.weights.h5")
        if before:
            before.unlink()


def fit(model: keras.Model, batches, epochs: int, folder: str | Path, callbacks: Sequence = (), **options) -> None:
    """`model.fit` that continues from the last checkpoint in `folder`; a training that is finished does nothing.

    Args:
        model: built and compiled, its optimizer built.
        batches: a `keras_ean.data.Batches`, told to start at the epoch where the training goes on.
        epochs: in all.
        folder: of the checkpoint; `discard` it when the result is saved.
        callbacks: for `fit`.
        options: for `fit`.
    """
    checkpoint = Checkpoint(folder)
    done = checkpoint.finished_epochs
    if done:
        model.load_weights(checkpoint.newest)
    batches.start(done)
    model.fit(batches, epochs=epochs, initial_epoch=done, shuffle=False, callbacks=[*callbacks, checkpoint], **options)


def discard(folder: str | Path) -> None:
    """Removes a checkpoint folder."""
    shutil.rmtree(folder, ignore_errors=True)
