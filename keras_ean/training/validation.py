"""The accuracy on held-out images while a training goes on."""

import time

import keras


class Validation(keras.callbacks.Callback):
    """Adds `val_accuracy` and `val_loss` to the logs of an epoch, for the callbacks that come after it.

    It begins after some seconds, leaves an epoch out where it would take more than a share of the whole time, and
    changes nothing in the training. A supernet is evaluated with all blocks connected and its own BatchNorm statistics.

    Args:
        model: The model that is evaluated, compiled with the metric "accuracy".
        batches: The batches of the held-out images.
        share: The share of the time of the training, from 0 to 1, that evaluations may take.
        wait: The seconds of training before the first evaluation.

    Example:
        >>> import numpy as np
        >>> from keras_ean.data import Split
        >>> split = Split(np.zeros((6, 4, 4, 1), "uint8"), np.array([0, 1, 0, 1, 0, 1]))
        >>> model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
        >>> model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> validation = Validation(model, split.batches(3), wait=0)
        >>> logs = model.fit(*split.arrays(), callbacks=[validation], verbose=0).history
        >>> sorted(logs)
        ['accuracy', 'loss', 'val_accuracy', 'val_loss']
    """

    def __init__(self, model: keras.Model, batches, share: float = 0.05, wait: float = 10.0):
        super().__init__()
        self.evaluated, self.batches, self.share, self.wait = model, batches, share, wait

    def on_train_begin(self, logs=None):
        self.begun, self.spent = time.monotonic(), 0.0

    def on_epoch_end(self, epoch, logs=None):
        begun = time.monotonic()
        if begun - self.begun < self.wait or self.spent > self.share * (begun - self.begun):
            return
        assert self.model is not None  # On JAX, asking for it brings the weights up to date.
        found = self.evaluated.evaluate(self.batches, verbose=0, return_dict=True)
        if logs is not None:
            logs.update({f"val_{name}": value for name, value in found.items()})
        self.spent += time.monotonic() - begun
