"""`model.fit` in pieces, with the images delivered as the backend takes them fastest."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from keras import ops

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
        model: Built and compiled, its optimizer built.
        batches: A `keras_ean.data.Batches`, told the epoch at the beginning of each; on TensorFlow its `tf_data`, and
            `keras_ean.data.OnDevice` where that pays.
        epochs: All epochs, those of earlier pieces included.
        folder: The folder of the checkpoint; `discard` it when the result is saved.
        callbacks: Callbacks for `fit`.
        keep: Whether to write checkpoints; of several processes one does.
        work: See `Checkpoint`.
        options: Options for `fit`.
    """
    if isinstance(batches, Batches):
        batches.even = bool(onednn.faulty(model)) and not backend.accelerated()
        open_metrics(model, batches)
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


def open_metrics(model: keras.Model, batches: Batches) -> None:
    """Makes the variables of metrics that are named by a text, before the first step is traced.

    Keras makes them when it first sees outputs; on TensorFlow that is in the trace, which is then done once more.

    Args:
        model: Compiled.
        batches: Batches to train it on; the first one tells what targets look like.
    """
    shapes = getattr(model, "body", model).output_shape
    if keras.backend.backend() != "tensorflow" or None in keras.tree.flatten(without_batch(shapes)):
        return
    images, targets, weights = keras.utils.unpack_x_y_sample_weight(batches[0])
    count = len(keras.tree.flatten(targets)[0])
    zeros = keras.tree.map_shape_structure(lambda shape: ops.zeros((count, *shape)), without_batch(shapes))
    model.compute_metrics(images, keras.tree.map_structure(ops.convert_to_tensor, targets), zeros, weights)
    model.reset_metrics()


def without_batch(shapes: Any) -> Any:
    """The shapes in a structure without their first axis."""
    return keras.tree.map_shape_structure(lambda shape: tuple(shape[1:]), shapes)
