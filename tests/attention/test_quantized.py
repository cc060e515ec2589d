"""Networks in int8, which Keras computes alike on every backend."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean import attention
from tests.small_backbone import Small


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize")
@pytest.mark.parametrize("name", ["se", "dia"])
def test_a_quantized_network_loads_as_it_was_saved(name, tmp_path):
    network = ean.build_network(Small((1, 1)), ean.plugging.IdentityStart(attention.get(name)), "1 1", (8, 8, 1), 3)
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    network.quantize("int8")
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    modules = [layer for layer in again._flatten_layers() if isinstance(layer, attention.Attention)]
    assert any(inner.quantization_mode == "int8" for one in modules for inner in one._flatten_layers())
    np.testing.assert_array_equal(again.predict(images, verbose=0), network.predict(images, verbose=0))
