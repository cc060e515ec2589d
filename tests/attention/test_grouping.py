"""Sums over groups of channels, in both ways of computing them."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_ean.attention import grouping


@pytest.fixture(params=[True, False], ids=["products", "sums"], scope="module", autouse=True)
def way(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "multiplies", lambda: request.param)
        yield


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 2**31))
def test_sums_and_repeats_are_those_of_numpy(groups, size, seed):
    x = np.random.default_rng(seed).normal(size=(2, 3, 1, groups * size)).astype("float32")
    sums = keras.ops.convert_to_numpy(grouping.group_sums(keras.ops.convert_to_tensor(x), groups))
    np.testing.assert_allclose(sums, x.reshape(2, 3, 1, groups, size).sum(-1), atol=1e-5)
    repeated = keras.ops.convert_to_numpy(grouping.group_repeat(keras.ops.convert_to_tensor(sums), size))
    np.testing.assert_allclose(repeated, np.repeat(sums, size, axis=-1), atol=1e-6)


def test_batch_and_size_may_be_unknown():
    class Groups(keras.layers.Layer):
        def call(self, x):
            return grouping.group_repeat(grouping.group_sums(x, 3), 2)

    images = keras.Input((None, None, 12))
    model = keras.Model(images, Groups()(images))
    assert model.output_shape == (None, None, None, 6)
    np.testing.assert_array_equal(model(np.ones((2, 3, 1, 12), "float32")), np.full((2, 3, 1, 6), 4.0))


def test_a_core_multiplies_by_a_small_matrix():
    assert grouping.blocks(64, 2).shape == (16, 8)
    assert grouping.blocks(3, 4).shape == (12, 3)
    assert grouping.blocks(64, 32).shape == (32, 1)
