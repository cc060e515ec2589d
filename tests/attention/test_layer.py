import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean import backbones
from keras_ean.attention import from_layer, layer
from keras_ean.testing.running import maps, run

BACKBONE = backbones.get("resnet8", width=4)


def mixer(channels):
    """A composite with names of its own, which count up from call to call."""
    return keras.Sequential(
        [keras.layers.Conv2D(channels, 1, activation="relu"), keras.layers.SeparableConv2D(channels, 3, padding="same")]
    )


FACTORIES = {
    "instance": keras.layers.LayerNormalization(epsilon=1e-2),
    "class": keras.layers.BatchNormalization,
    "class of the channels": keras.layers.Dense,
    "function": lambda: keras.layers.DepthwiseConv2D(5, padding="same"),
    "function of the channels": mixer,
}
SPECIAL = ("class", "function of the channels")
"""With a state, and made of several layers: these are tried on other backends as well."""


@pytest.mark.parametrize(
    "factory",
    [pytest.param(factory, marks=[pytest.mark.backends] * (name in SPECIAL)) for name, factory in FACTORIES.items()],
    ids=FACTORIES,
)
def test_supernet_network_and_files_agree(factory, tmp_path, monkeypatch):
    """Loaded as in a process that has not called `from_layer`."""
    supernet = ean.build_supernet(BACKBONE, from_layer(factory), (8, 8, 3), 4)
    for index, weight in enumerate(supernet.weights):
        weight.assign(np.random.default_rng(index).uniform(0.1, 0.5, weight.shape))
    x, scheme = maps((2, 8, 8, 3)), ean.Scheme("1 1 0")
    network = supernet.extract(scheme)
    rows = {"image": x, "scheme": np.array([scheme.bits] * 2, "float32")}
    truth = run(network, x)
    np.testing.assert_allclose(run(supernet, rows), truth, rtol=1e-4, atol=1e-5)
    for name, model, inputs in (("network", network, x), ("supernet", supernet, rows)):
        model.save(tmp_path / f"{name}.keras")
        monkeypatch.setattr(layer, "FACTORIES", {})
        monkeypatch.setattr(layer, "MADE", {})
        loaded = keras.saving.load_model(tmp_path / f"{name}.keras")
        np.testing.assert_allclose(run(loaded, inputs), truth, rtol=1e-4, atol=1e-5)
        monkeypatch.undo()


def test_other_precision_inside():
    module = from_layer(keras.layers.Dense(4, dtype="float32")).at((0,), "module")
    assert tuple(module(maps((1, 2, 2, 4)).astype("float16"))[0].shape) == (1, 2, 2, 4)


def test_layer_that_changes_the_shape():
    with pytest.raises(ValueError, match=r"keeps the shape, but Conv2D turns \(1, 4, 4, 3\) into \(1, 2, 2, 3\)"):
        from_layer(lambda channels: keras.layers.Conv2D(channels, 3))(maps((1, 4, 4, 3)))


@pytest.mark.parametrize("factory", [3, lambda: 3, lambda channels, more: None, keras.layers.Conv2D])
def test_no_layer(factory):
    with pytest.raises(TypeError, match="from_layer takes"):
        from_layer(factory)
    with pytest.raises(TypeError, match="returns a Keras layer, not None"):
        from_layer(lambda channels: None)(maps((1, 4, 4, 3)))


class Reticent(keras.layers.Layer):
    """A layer that does not tell how it is made."""

    def __init__(self, secret):
        super().__init__()
        self.secret = secret

    def call(self, x):
        return x


def test_unknown_function_says_what_to_do(monkeypatch, tmp_path):
    """As in a process that has not called `from_layer`, with a layer that cannot be written down."""
    supernet = ean.build_supernet(BACKBONE, from_layer(lambda channels: Reticent(object())), (8, 8, 3), 4)
    supernet.save(tmp_path / "supernet.keras")
    assert keras.saving.load_model(tmp_path / "supernet.keras").stages == supernet.stages
    monkeypatch.setattr(layer, "FACTORIES", {})
    with pytest.raises(ValueError, match=r"has not called, and no layer that it made for 4 channels is on file"):
        keras.saving.load_model(tmp_path / "supernet.keras")
