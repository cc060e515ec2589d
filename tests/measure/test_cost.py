import keras
import numpy as np
import pytest

from keras_ean import build_network
from keras_ean.measure import cost
from tests.small_backbone import Small


@pytest.fixture(scope="module")
def small():
    inputs = keras.Input((4, 4, 2))
    x = keras.layers.Conv2D(3, 1, use_bias=False)(inputs)
    x = keras.layers.BatchNormalization(center=False, scale=False)(x)
    return keras.Model(inputs, keras.layers.Dense(5, use_bias=False)(keras.layers.Flatten()(x)))


def test_parameters_leave_moving_statistics_out(small):
    assert cost.parameters(small) == 2 * 3 + 48 * 5


@pytest.mark.backends
def test_flops_count_multiplications_and_additions(small):
    assert cost.flops(small) == 2 * 16 * 2 * 3 + 2 * 16 * 3 + 2 * 48 * 5


def test_counting_leaves_the_model_as_it_was(small):
    layer, before = small.layers[1], [np.array(weight) for weight in small.weights]
    calls, output = len(layer._inbound_nodes), layer.output
    cost.flops(small)
    assert (len(layer._inbound_nodes), layer.output) == (calls, output)
    assert all(np.array_equal(a, np.array(b)) for a, b in zip(before, small.weights, strict=True))
    weight = keras.Variable(2.0)
    assert float(keras.ops.convert_to_numpy(weight * weight)) == 4


@pytest.mark.backends
def test_attention_costs_what_its_formula_says():
    """SE on 8×8×4 with a bottleneck of 1: a mean, two dense layers with bias, ReLU, sigmoid, and the scaling."""
    full, empty = (build_network(Small((1,)), "se", [bit], (8, 8, 1), 10) for bit in (1, 0))
    assert cost.flops(full) - cost.flops(empty) == 256 + (8 + 1 + 1) + (8 + 4 + 4) + 256
    assert cost.parameters(full) - cost.parameters(empty) == 4 + 1 + 4 + 4


def test_an_open_size_is_not_counted():
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(image), name="open")
    assert not cost.counts_flops(model)
    with pytest.raises(ValueError, match="'open' .* leaves open.*224"):
        cost.flops(model)
