"""The mean of a gate: of the batch in training, a moving average for each block at inference."""

import keras
import numpy as np
import pytest

from keras_ean.attention.averaged import PlaceMean
from keras_ean.testing.running import maps

pytestmark = pytest.mark.backends


def called(mean, x, **options):
    y = mean(x, **options)
    assert tuple(y.shape) == (1, 1, 1, x.shape[-1])
    return keras.ops.convert_to_numpy(y).ravel()


def test_every_block_has_a_moving_average_under_a_name_of_its_own():
    mean = PlaceMean((2, 5), start=0.5)
    mean.build((None, None, None, 3))
    assert [weight.name for weight in mean.weights] == ["moving_mean_2", "moving_mean_5"]
    assert list(mean.moving_mean) == ["2", "5"]
    assert not mean.trainable_weights
    for weight in mean.weights:
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), [0.5] * 3)


def test_training_takes_the_batch_and_moves_the_average_of_its_block_alone():
    mean, x = PlaceMean((2, 5), start=0.0, momentum=0.75), maps((4, 3, 2, 5))
    np.testing.assert_allclose(called(mean, x, place=5, training=True), x.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(called(mean, x, place=5), 0.25 * x.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(called(mean, x, place=2), [0] * 5)
    called(mean, 2 * x, place=5, training=True)
    np.testing.assert_allclose(called(mean, x, place=5), (0.75 * 0.25 + 0.5) * x.mean((0, 1, 2)), rtol=1e-5)


def test_a_frozen_average_stays_as_it_is():
    mean, x = PlaceMean(trainable=False), maps((4, 3, 2, 5))
    np.testing.assert_array_equal(called(mean, x, training=True), [1] * 5)
    np.testing.assert_array_equal(called(mean, x), [1] * 5)


def test_options_are_kept():
    config = PlaceMean((2, 5), start=0.5, momentum=0.75, name="mean").get_config()
    assert (config["places"], config["start"], config["momentum"]) == ((2, 5), 0.5, 0.75)
    twin = PlaceMean.from_config(config)
    assert (twin.places, twin.start, twin.momentum) == ((2, 5), 0.5, 0.75)
    assert (PlaceMean().places, PlaceMean().start, PlaceMean().momentum) == ((0,), 1.0, 0.9)
