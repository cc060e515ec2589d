import keras
import numpy as np
import pytest

import keras_ean as ean
from tests.recorded import unpack

MODELS = (
    *(f"network_{module}" for module in ean.attention.available()),
    "network_preresnet11",
    "network_one_cycle",
    "plugged_identity",
    "plugged_supernet",
    "supernet_compiled",
    "transferred",
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return unpack(tmp_path_factory.mktemp("recorded"), "images.npy", "predictions.npz", "saved_model", *files())


def files():
    return [f"{name}.keras" for name in MODELS]


def once_a_backend(name):
    """Modules are tried on every backend elsewhere: of their networks, one with a state is enough there."""
    tried = not name.startswith("network_") or name in ("network_dia", "network_one_cycle")
    return pytest.param(name, marks=[pytest.mark.backends] if tried else [])


@pytest.mark.parametrize("name", [once_a_backend(name) for name in MODELS])
def test_a_saved_model_predicts_what_it_did(recorded, name):
    model = keras.models.load_model(recorded / f"{name}.keras")
    images, expected = np.load(recorded / "images.npy"), np.load(recorded / "predictions.npz")
    outputs = keras.ops.convert_to_numpy(model(images, training=False))
    np.testing.assert_allclose(outputs, expected[name], rtol=1e-4, atol=1e-5)


@pytest.mark.backends
def test_a_saved_supernet_is_trained_on_and_keeps_its_schemes(recorded):
    supernet = keras.models.load_model(recorded / "supernet_compiled.keras")
    images, expected = np.load(recorded / "images.npy"), np.load(recorded / "predictions.npz")
    outputs = supernet.predict(images, scheme="1 0 0", verbose=0)
    np.testing.assert_allclose(outputs, expected["supernet_compiled_scheme"], rtol=1e-4, atol=1e-5)
    steps = int(supernet.optimizer.iterations)
    supernet.fit(images, np.array([0, 1, 2, 0]), batch_size=2, verbose=0)
    assert int(supernet.optimizer.iterations) == steps + 2


@pytest.mark.tensorflow
def test_a_saved_model_of_tensorflow_predicts_what_it_did(recorded):
    import tensorflow as tf

    images, expected = np.load(recorded / "images.npy"), np.load(recorded / "predictions.npz")
    loaded = tf.saved_model.load(str(recorded / "saved_model"))
    outputs = loaded.serve(images).numpy()
    np.testing.assert_allclose(outputs, expected["saved_model"], rtol=1e-4, atol=1e-5)
