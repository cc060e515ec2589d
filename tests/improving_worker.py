"""`ean.improve` from end to end in a process of its own, on two devices where the backend trains on several.

Argument: the run's folder. Prints as JSON the devices, and by network the reported accuracy and that of its file.
"""

import json
import sys

import keras
import numpy as np

import tests.conftest  # noqa: F401 (first of all: it hides TensorFlow from the tests on JAX)
from keras_ean import improve
from tests import shortcuts

SEARCH = {"options": {"max_steps": 1, "samples_per_step": 1}, "calibrate": 8}


def model() -> keras.Model:
    image = keras.Input((4, 4, 2))
    x = keras.layers.Conv2D(2, 3, padding="same")(image)
    x = keras.layers.Add(name="add")([image, keras.layers.BatchNormalization()(x)])
    made = keras.Model(image, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(x)))
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


if __name__ == "__main__":
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        [cpu] = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).normal(size=(3, 16, 4, 4, 2)).astype("float32")
    labels = (images.mean(axis=(2, 3, 4)) > 0).astype("int32")
    train, validation, test = zip(images, labels)
    options = {"attention": "eca", "epochs": 1, "seeds": 1, "batch_size": 8, "search": SEARCH, "verbose": False}
    devices = None if keras.backend.backend() == "torch" else 2
    with shortcuts.timed_briefly(), shortcuts.sketched():
        result = improve(model(), train, validation, test, folder=sys.argv[1], devices=devices, **options)
    run, found = result.run, {}
    for name in ("plain", "shared", "found"):
        truth = run.network(name).trained().evaluate(*test, verbose=0, return_dict=True)
        found[name] = (run.figures(name)["accuracy"], truth["accuracy"])
    print(json.dumps({"devices": run.context.devices.count, "accuracies": found, "text": str(result)}))
