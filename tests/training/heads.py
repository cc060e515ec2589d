"""The heads that models end with, each with the labels, loss and metrics that go with it, and wrong ones."""

import keras
import numpy as np
from keras import layers

from keras_ean.plugging import plug_supernet

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(23, 8, 8, 3)).astype("float32")
CLASSES, COIN = RANDOM.integers(0, 3, 23), RANDOM.integers(0, 2, 23)
ONE_HOT, MANY = np.eye(3, dtype="float32")[CLASSES], RANDOM.integers(0, 2, (23, 3))
AGES, MASKS = RANDOM.normal(size=(23, 1)).astype("float32"), RANDOM.integers(0, 3, (23, 8, 8))
WIDE = keras.initializers.RandomNormal(stddev=2.0, seed=1)
SPARSE = "sparse_categorical_crossentropy"


def model(*heads):
    """Two residual blocks; the heads take features (channels), or the map if they ask for it by `on_map`."""
    keras.utils.set_random_seed(1)
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="stem")(image)
    for block in range(2):
        y = layers.BatchNormalization(name=f"norm{block}")(
            layers.Conv2D(4, 3, padding="same", activation="relu", name=f"conv{block}")(x)
        )
        x = layers.Add(name=f"add{block}")([x, y])
    pooled = layers.GlobalAveragePooling2D(name="pool")(x)
    outputs = [head(x if isinstance(head, layers.Conv2D) else pooled) for head in heads]
    return keras.Model(image, outputs if len(outputs) > 1 else outputs[0])


def dense(units, activation=None, name="head"):
    return lambda: layers.Dense(units, activation, kernel_initializer=WIDE, name=name)


def maps(units, activation=None):
    return lambda: layers.Conv2D(units, 1, activation=activation, name="map")


LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
BOTH = {"age": "mse", "kind": SPARSE}
HEADS = {
    "logits, classes": ([dense(3)], LOGITS, ["accuracy"], CLASSES, "accuracy"),
    "softmax, classes (n, 1)": ([dense(3, "softmax")], SPARSE, ["accuracy"], CLASSES[:, None], "accuracy"),
    "softmax, one-hot": ([dense(3, "softmax")], "categorical_crossentropy", ["accuracy"], ONE_HOT, "accuracy"),
    "top-2": (
        [dense(3, "softmax")],
        SPARSE,
        [lambda: keras.metrics.SparseTopKCategoricalAccuracy(2, "top")],
        CLASSES,
        "top",
    ),
    "one sigmoid, accuracy": ([dense(1, "sigmoid")], "binary_crossentropy", ["accuracy"], COIN, "accuracy"),
    "one sigmoid, AUC": (
        [dense(1, "sigmoid")],
        "binary_crossentropy",
        [lambda: keras.metrics.AUC(20, name="auc")],
        COIN[:, None],
        "auc",
    ),
    "multi-label, F1": (
        [dense(3, "sigmoid")],
        "binary_crossentropy",
        [lambda: keras.metrics.F1Score("macro", 0.5, name="f1")],
        MANY,
        "f1",
    ),
    "regression": ([dense(1)], "mse", ["mae"], AGES, "mae"),
    "regression, targets (n,), no metric": ([dense(1)], keras.losses.Huber(), None, AGES[:, 0], "loss"),
    "R²": ([dense(1)], "mse", [lambda: keras.metrics.R2Score(name="r2")], AGES, "r2"),
    "masks": (
        [maps(3, "softmax")],
        SPARSE,
        [lambda: keras.metrics.MeanIoU(3, name="iou", sparse_y_pred=False)],
        MASKS,
        "iou",
    ),
    "masks (n, h, w, 1)": ([maps(3)], LOGITS, ["accuracy"], MASKS[..., None], "accuracy"),
    "two outputs by name": (
        [dense(1, name="age"), dense(3, "softmax", "kind")],
        BOTH,
        {"kind": ["accuracy"]},
        {"age": AGES, "kind": CLASSES},
        "kind_accuracy",
    ),
    "two outputs in a list": (
        [dense(1, name="age"), dense(3, "softmax", "kind")],
        ["mae", SPARSE],
        None,
        [AGES, CLASSES],
        "loss",
    ),
}
"""(heads, loss, metrics, targets, objective) by name; metrics in functions, since they have a state."""


def compiled(name, plugged=False):
    """A model with its compilation, or the supernet of it; and (x, y)."""
    heads, loss, metrics, targets, _ = HEADS[name]
    found = model(*(head() for head in heads))
    found = plug_supernet(found, "se", seed=0) if plugged else found
    made = None if metrics is None else keras.tree.map_structure(lambda one: one() if callable(one) else one, metrics)
    found.compile(keras.optimizers.Adam(0.01), loss, metrics=made)
    return found, (X, targets)
