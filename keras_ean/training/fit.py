"""`model.fit` in pieces, with the images delivered as the backend takes them fastest."""

from collections.abc import Sequence
from pathlib import Path

import keras

from keras_ean import backend, onednn
from keras_ean.data import Batches, OnDevice
from keras_ean.training.checkpoint import Checkpoint


def fit(
    model: keras.Model,
    batches,
    epochs: int,
    folder: str | Path,
    callbacks: Sequence = (),
    keep: bool = True,
    work: str = "",
    **options,
) -> None:
    """Does as `model.fit`, but continues from the last checkpoint in `folder`; a finished training does nothing.

    Args:
        model: built and compiled, its optimizer built.
        batches: a `keras_ean.data.Batches`, told the epoch at the beginning of each; on TensorFlow its `tf_data`, and
            `keras_ean.data.OnDevice` where that pays.
        epochs: in all.
        folder: of the checkpoint; `discard` it when the result is saved.
        callbacks: for `fit`.
        keep: whether to write checkpoints; of several processes one does.
        work: see `Checkpoint`.
        options: for `fit`.
    """
    if isinstance(batches, Batches):
        batches.even = bool(onednn.faulty(model)) and not backend.accelerated()
    checkpoint = Checkpoint(folder, keep, model, work)
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
