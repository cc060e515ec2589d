"""What a gate is computed from: images, their mean, or a learned vector."""

import re

import keras
import numpy as np
import pytest

from keras_ean import attention, backend
from keras_ean.attention.averaged import PlaceMean
from keras_ean.bench.spaces import StagedResNet
from keras_ean.testing import check_attention, check_networks

pytestmark = pytest.mark.backends
X = np.random.default_rng(0).normal(size=(3, 4, 4, 8)).astype("float32")


def test_keeps_the_contract():
    check_attention(attention.get("dia", source="learned"))


def test_a_mean_gate_keeps_the_contract_of_networks():
    """Its weights are reached in training alone, since at inference it is a moving average."""
    supernet = check_networks(StagedResNet((2,), width=4), attention.get("dia", source="mean"))
    assert [layer for layer in supernet.body.layers if isinstance(layer, attention.Averaged)]


@pytest.mark.parametrize("source", ["mean", "learned"])
def test_precision_is_that_of_the_module(source):
    plain = type(attention.get("se"))(reduction=2, dtype="mixed_float16")
    module = attention.get(plain, source=source)
    assert keras.backend.standardize_dtype(module(X)[0].dtype) == "float16"
    assert module.module.excite.compute_dtype == "float16"


numpy = keras.ops.convert_to_numpy


def test_a_learned_vector_takes_the_place_of_the_map():
    module = attention.get("se", source="learned", reduction=2).at((1, 3), "module")
    y, _ = module(X, place=3)
    y, elsewhere = numpy(y), numpy(module(X, place=1)[0])
    vector = np.reshape(numpy(module.vectors["3"]), (1, 1, 1, 8))
    gate, _ = module.module.gate(keras.ops.convert_to_tensor(vector), ())
    np.testing.assert_allclose(y, X * keras.ops.convert_to_numpy(gate), rtol=1e-5, atol=1e-6)
    assert not np.allclose(elsewhere, y)


def test_a_mean_gate_is_the_batchs_in_training_and_moves_on():
    module = attention.get("se", source="mean", reduction=2)
    model_x = keras.Input(X.shape[1:])
    model = keras.Model(model_x, module(model_x)[0])
    gate = keras.ops.convert_to_numpy(module.module.gate(X, ())[0])
    np.testing.assert_allclose(numpy(model(X, training=False)), X, rtol=1e-6)
    np.testing.assert_allclose(numpy(model(X, training=True)), X * gate.mean(0), rtol=1e-5, atol=1e-6)
    moved = 0.9 + 0.1 * gate.mean((0, 1, 2))
    np.testing.assert_allclose(numpy(model(X, training=False)), X * moved, rtol=1e-5, atol=1e-6)


def test_a_mean_of_a_frozen_layer_stays():
    mean = PlaceMean()
    mean.trainable = False
    np.testing.assert_array_equal(numpy(mean(X, training=True)), np.ones((1, 1, 1, 8)))


def test_both_train():
    image = keras.Input(X.shape[1:])
    y = attention.get("se", source="learned", reduction=2)(attention.get("se", source="mean", reduction=2)(image)[0])[0]
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(y))
    before = [np.array(keras.ops.convert_to_numpy(weight)) for weight in model.trainable_weights]
    model.compile("sgd", "mse", jit_compile=backend.jit_compile())
    model.fit(X, np.ones((3, 8)), verbose=0)
    assert not any(np.array_equal(*pair) for pair in zip(before, model.trainable_weights, strict=True))


def test_refusals():
    with pytest.raises(ValueError, match="Unknown source 'leaned'. Did you mean 'learned'"):
        attention.get("se", source="leaned")
    with pytest.raises(ValueError, match=re.escape("SRM has a BatchNorm inside")):
        attention.get("srm", source="learned")(X)
    with pytest.raises(ValueError, match="Unknown option 'nonsense'"):
        attention.check("se", {"source": "mean", "nonsense": 1})
