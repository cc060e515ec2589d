import keras
import pytest

from keras_ean import build_network
from keras_ean.measure import cost


@pytest.fixture(scope="module")
def small():
    inputs = keras.Input((4, 4, 2))
    x = keras.layers.Conv2D(3, 1, use_bias=False)(inputs)
    x = keras.layers.BatchNormalization(center=False, scale=False)(x)
    return keras.Model(inputs, keras.layers.Dense(5, use_bias=False)(keras.layers.Flatten()(x)))


def test_parameters_leave_moving_statistics_out(small):
    assert cost.parameters(small) == 2 * 3 + 48 * 5


def test_flops_count_multiplications_and_additions(small):
    products = 2 * 16 * 2 * 3 + 2 * 48 * 5
    assert products <= cost.flops(small) <= 1.6 * products


def test_attention_costs_something():
    full, empty = (build_network("resnet20", "se", [bit] * 9, (8, 8, 1), 10) for bit in (1, 0))
    assert cost.parameters(full) > cost.parameters(empty)
    assert cost.flops(full) > cost.flops(empty)
