"""Every registered module on representative backbones; a new module needs no change here."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean import backbones, device
from keras_ean.network import transfer_weights

from .helpers import run

BACKBONES = {
    "BatchNorm": backbones.get("resnet8", width=4),
    "LayerNorm": backbones.get("convnext_tiny", depths=(2,), width=8, patch=2),
}
SHAPE, CLASSES = (8, 8, 1), 3
everywhere = pytest.mark.parametrize("name", ean.attention.available())


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(3, *SHAPE)).astype("float32"), generator.integers(0, CLASSES, 3)


@pytest.fixture(scope="module")
def plain():
    """The backbones alone, built without a placement."""
    inputs = {key: backbone.inputs(SHAPE) for key, backbone in BACKBONES.items()}
    return {
        key: keras.Model(inputs[key], backbone.outputs(inputs[key], lambda y, block: y, CLASSES))
        for key, backbone in BACKBONES.items()
    }


def fit(model, data):
    """One step; all trainable weights have had a part in the loss, and stay finite."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=device.jit_compile())
    history = model.fit(*data, batch_size=len(data[0]), verbose=0)
    assert np.isfinite(history.history["loss"][0])
    assert all(np.all(np.isfinite(np.array(weight))) for weight in model.trainable_weights)


@pytest.mark.parametrize("key", BACKBONES)
@everywhere
def test_shared(name, key, data, plain, tmp_path):
    """A step of training; then one batch holds three schemes, and each row equals the network of its scheme."""
    supernet = ean.build_supernet(BACKBONES[key], name, SHAPE, CLASSES, sampling="per_image", seed=1)
    fit(supernet, data)
    for weight in supernet.trainable_weights:
        # Away from zeros in scales and last layers, behind which a wrong mask would not show.
        weight.assign_add(np.random.default_rng(0).uniform(0.05, 0.2, weight.shape))
    first = [int(i == 0) for blocks in supernet.stages for i in range(blocks)]
    rows = {"image": data[0], "scheme": np.array([first, [1] * len(first), [0] * len(first)], "float32")}
    together = run(supernet, rows)
    network = supernet.extract(first)
    np.testing.assert_allclose(run(network, data[0])[0], together[0], atol=1e-5, rtol=1e-5)
    transfer_weights(supernet.body, plain[key])
    without = run(plain[key], data[0])
    np.testing.assert_allclose(without[2], together[2], atol=1e-5, rtol=1e-5)
    assert np.max(np.abs(without[:2] - together[:2])) > 1e-4
    if key == "LayerNorm":
        supernet.save(tmp_path / "supernet.keras")
        loaded = keras.saving.load_model(tmp_path / "supernet.keras")
        np.testing.assert_allclose(run(loaded, rows), together, atol=1e-5, rtol=1e-5)


@pytest.fixture
def half_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@everywhere
def test_unshared_in_half_precision(name, data, half_precision, tmp_path):
    backbone = BACKBONES["LayerNorm"]
    network = ean.build_network(backbone, name, ean.Scheme.full(backbone.stages), SHAPE, CLASSES, share=False)
    fit(network, data)
    assert {layer.name for layer in network.layers if isinstance(layer, ean.attention.Attention)} == {
        "stage_0_block_0_attention",
        "stage_0_block_1_attention",
    }
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    logits = run(network, data[0])
    assert logits.dtype == "float32"
    np.testing.assert_array_equal(run(loaded, data[0]), logits)


@pytest.mark.tensorflow
@everywhere
def test_saved_model(name, data, tmp_path):
    import tensorflow as tf

    backbone = BACKBONES["LayerNorm"]
    network = ean.build_network(backbone, name, ean.Scheme.full(backbone.stages), SHAPE, CLASSES)
    network.export(tmp_path / "exported", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(loaded.serve(data[0]), run(network, data[0]), atol=1e-5, rtol=1e-5)
