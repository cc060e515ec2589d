"""A training's losses and metrics, epoch by epoch, on every backend."""

import keras
import numpy as np

from keras_ean.tracking.tracker import Tracker


class Epochs(keras.callbacks.Callback):
    """Tells a tracker the losses, the metrics and the learning rate after each epoch of a `fit`.

    Their names are those that Keras reports, after "training/" or "validation/": "training/loss",
    "validation/accuracy". The steps are the epochs, counted from 0.

    Args:
        tracker: The tracker whose `scalars` is called.
        part: What is trained, as the tracker is told it, such as "supernet".

    Example:
        >>> class Printer(Tracker):
        ...     def scalars(self, part, step, values):
        ...         print(part, step, sorted(values))
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x = keras.ops.ones((4, 2))
        >>> _ = model.fit(x, x[:, :1], validation_split=0.5, callbacks=[Epochs(Printer(), "mine")], verbose=0)
        mine 0 ['training/learning_rate', 'training/loss', 'validation/loss']
    """

    def __init__(self, tracker: Tracker, part: str):
        super().__init__()
        self.tracker, self.part = tracker, part

    def on_epoch_end(self, epoch, logs=None):
        values = {
            f"validation/{name[4:]}" if name.startswith("val_") else f"training/{name}": float(np.mean(value))
            for name, value in (logs or {}).items()
        }
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            values["training/learning_rate"] = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        self.tracker.scalars(self.part, epoch, values)
