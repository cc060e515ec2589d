import keras
import numpy as np
import pytest

import keras_ean as ean

pytestmark = pytest.mark.tensorflow
L = keras.layers


def test_layers_that_have_a_training_mode_of_their_own(tmp_path):
    """Keras's own export leaves the model in training mode behind a preprocessing layer: BatchNorm is wrong then."""
    inputs = keras.Input((12, 12, 3))
    x = L.CenterCrop(8, 8)(L.RandomFlip()(L.Resizing(10, 10)(inputs)))
    x = L.BatchNormalization()(L.Conv2D(4, 3)(x))
    network = keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(x)))
    statistics = np.random.default_rng(0).uniform(1, 2, size=(2, 4))
    network.layers[-3].set_weights([np.ones(4), np.zeros(4), *statistics])
    receipt = ean.export(network, tmp_path / "network", "onnx", verbose=False)
    assert receipt.max_difference < receipt.tolerance < 1e-4
    assert receipt.versions.keys() >= {"keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime"}


def test_the_preprocessing_of_keras_applications_inside(tmp_path):
    """Of its constants tf2onnx leaves one behind as an input."""
    inputs = keras.Input((8, 8, 3))
    x = L.Conv2D(4, 3)(keras.applications.resnet.preprocess_input(inputs))
    network = keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(x)))
    images = np.random.default_rng(0).uniform(0, 255, (3, 8, 8, 3)).astype("float32")
    receipt = ean.export(network, tmp_path / "network", "onnx", images=images, verbose=False)
    assert receipt.max_difference < receipt.tolerance
