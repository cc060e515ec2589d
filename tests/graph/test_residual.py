"""Which additions are residual, on graphs built for one property each."""

import keras
import pytest
from keras import layers, ops

from keras_ean.plugging import attachment_points
from tests.plugging.small_models import block


def image(channels=4, size=8):
    return keras.Input((size, size, channels))


def conv(x, name, width=4, kernel=3):
    return layers.Conv2D(width, kernel, padding="same", name=name)(x)


def ends(inputs, outputs):
    return [point.branch_end for point in attachment_points(keras.Model(inputs, outputs))]


def none(inputs, outputs):
    with pytest.raises(ValueError, match="has no residual additions"):
        attachment_points(keras.Model(inputs, outputs))


@pytest.mark.parametrize("order", [1, -1])
def test_the_computation_is_the_branch_in_either_order(order):
    x = image()
    branch = conv(conv(x, "one"), "two")
    assert ends(x, layers.Add()([x, branch][::order])) == ["two"]
    assert ends(x, layers.Add()([conv(x, "projection", kernel=1), branch][::order])) == ["two"]


def test_a_block_of_one_convolution_and_a_projection_of_as_many():
    x = image()
    assert ends(x, conv(x, "spatial") + conv(x, "projection", kernel=1)) == ["spatial"]


def test_parallel_branches_of_equal_computation_are_not_residual():
    x = image()
    none(x, conv(x, "left") + conv(x, "right"))


def test_a_second_deep_path_is_no_shortcut():
    x = image()
    none(x, conv(conv(x, "a"), "b") + conv(conv(conv(x, "c"), "d"), "e"))


def test_sums_without_computation_or_with_constants_are_not_residual():
    x = image()
    none(x, conv(x, "conv") + 3.0)
    none(x, x + layers.AveragePooling2D(1)(x))
    none(x, x + x)


def test_two_inputs_that_only_meet_in_the_sum_are_not_residual():
    x, y = image(), image()
    none([x, y], conv(conv(x, "a"), "b") + y)


def test_sums_of_vectors_are_left_out():
    x = image()
    v = layers.GlobalAveragePooling2D()(conv(x, "conv"))
    none(x, v + layers.Dense(4)(v))


def test_three_addends_have_one_branch():
    x = image()
    y = layers.Add()([x, conv(x, "projection", kernel=1), conv(conv(x, "one"), "two")])
    assert ends(x, y) == ["two"]


def test_the_last_projection_and_pooling_may_be_the_shortcut():
    x = image()
    shortcut = conv(layers.AveragePooling2D(2)(x), "projection", kernel=1)
    branch = layers.Conv2D(4, 3, 2, padding="same", name="down")(conv(x, "one"))
    assert ends(x, branch + shortcut) == ["down"]


def test_a_gate_and_a_second_inputs_embedding_do_not_hide_the_block():
    x, time = image(), keras.Input((3,))
    y = conv(x, "one")
    gate = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(y))
    y = y * gate + layers.Reshape((1, 1, 4))(layers.Dense(4)(time))
    assert ends([x, time], conv(x, "projection", kernel=1) + conv(y, "two")) == ["two"]


def test_attention_over_positions_is_a_branch():
    x = image(size=4)
    y = layers.Reshape((16, 4))(x)
    y = layers.MultiHeadAttention(1, 4, name="heads")(y, y)
    assert ends(x, x + layers.Reshape((4, 4, 4), name="map")(y)) == ["map"]


@pytest.mark.parametrize(
    "drop", [layers.Dropout, layers.SpatialDropout2D, lambda rate, **k: layers.Dropout(rate, (None, 1, 1, 1), **k)]
)
def test_the_place_is_before_the_dropout_that_ends_the_branch(drop):
    x = image()
    y = drop(0.2, name="drop")(conv(x, "conv"))
    assert ends(x, x + y) == ["conv"]


def test_a_dropout_inside_the_branch_stays_inside():
    x = image()
    assert ends(x, x + conv(layers.Dropout(0.2)(conv(x, "one")), "two")) == ["two"]


def test_stages_are_consecutive_places_of_one_shape():
    x = image()
    y = block(block(block(x, 4, "a"), 4, "b"), 8, "c", stride=2)
    y = layers.UpSampling2D()(block(y, 8, "d"))
    points = attachment_points(keras.Model(x, block(y, 4, "e")))
    assert points.stages == (2, 2, 1)
    assert [point.shape for point in points] == [(8, 8, 4)] * 2 + [(4, 4, 8)] * 2 + [(8, 8, 4)]


def test_one_addition_layer_used_everywhere_ends_many_blocks():
    x, add = image(), layers.Add(name="sum")
    y = add([x, conv(x, "one")])
    assert ends(x, add([y, conv(y, "two")])) == ["one", "two"]


def test_towers_run_one_after_the_other():
    inputs = [image(), image()]
    towers = [block(block(x, 4, f"{i}a"), 8, f"{i}b") for i, x in enumerate(inputs)]
    points = attachment_points(keras.Model(inputs, ops.concatenate(towers)))
    assert [point.addition for point in points] == ["0a_add", "0b_add", "1a_add", "1b_add"]


def test_open_sizes_are_fine():
    x = keras.Input((None, None, 4))
    (point,) = attachment_points(keras.Model(x, x + conv(x, "conv")))
    assert point.shape == (None, None, 4)
