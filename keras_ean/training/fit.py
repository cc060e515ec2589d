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
    """Trains as `model.fit` does, but goes on from the checkpoint in `folder`; a finished training does nothing.

    The images reach the device in the way that is fastest on the backend: on TensorFlow by `tf.data`, and from the
    device's own memory where that pays (`keras_ean.data.OnDevice`).

    Args:
        model: A built and compiled model, whose optimizer is built too.
        batches: The training batches, such as a `keras_ean.data.Batches`; their `start` is called with the number of
            each epoch as it begins.
        epochs: The number of all epochs, those of earlier pieces included.
        folder: The folder of the checkpoint; `discard` it once the result is saved.
        callbacks: Further callbacks for `model.fit`; they come before the one that writes the checkpoint.
        keep: Whether this process writes checkpoints; of several processes one does.
        work: A text that stands for the training: a checkpoint of other work is not taken (`Checkpoint`).
        options: Further arguments of `model.fit`.
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
        model: The compiled model.
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
