import keras
import matplotlib.image
import numpy as np
import pytest
from keras import layers

from keras_ean.plugging import attachment_points, plug, plug_supernet
from keras_ean.plugging.points import stage_indices

from .small_models import assert_equal, batch, nested, outputs, plain, siamese


def test_table():
    table = str(attachment_points(plain())).splitlines()
    assert table[0].split() == ["block", "stage", "addition", "branch", "end", "shape"]
    assert [row.split() for row in table[2:-1]] == [
        ["0", "0", "a_add", "a_norm2", "8×8×4"],
        ["1", "0", "b_add", "b_norm2", "8×8×4"],
        ["2", "1", "c_add", "c_norm2", "4×4×8"],
    ]
    assert table[-1] == "3 places of plain, stages (2, 1)"


def test_names_of_a_nested_model_are_prefixed_where_the_outer_one_has_them():
    model = nested()
    points = attachment_points(model)
    assert [point.branch_end for point in points] == ["a_norm2", "b_norm2", "c_norm2"]
    plugged = plug(model, "se")
    assert plugged.get_layer("base_a_conv1").kernel.shape == (3, 3, 4, 4)
    assert plugged.get_layer("a_conv1").kernel.shape == (1, 1, 4, 4)


def test_a_shared_tower_has_each_place_once():
    points = attachment_points(siamese())
    assert points.stages == (2, 1)
    assert [len(point.edges) for point in points] == [2, 2, 2]


A, B = (8, 8, 4), (8, 8, 8)


@pytest.mark.parametrize(
    ("shapes", "stages"),
    [
        ([A, A, (4, 4, 4), (4, 4, 8), (2, 2, 8), B], [0, 0, 0, 1, 2, 3]),
        ([A, A, (4, 4, 4)], [0, 0, 1]),
        ([A, (4, 4, 4), (4, 4, 4), (4, 4, 8)], [0, 1, 1, 2]),
        ([A, (4, 4, 4), A], [0, 1, 2]),
        ([(None, None, 4), (None, None, 4), (None, None, 8)], [0, 0, 1]),
    ],
)
def test_a_block_that_halves_the_map_closes_its_stage_if_other_channels_follow(shapes, stages):
    assert stage_indices(shapes) == stages


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_picture(tmp_path, suffix):
    path = attachment_points(plain()).plot(tmp_path / "new" / f"places.{suffix}", scheme="10 1")
    assert path.stat().st_size > 2000
    if suffix == "svg":
        return
    pixels = matplotlib.image.imread(path)[..., :3]
    assert np.isclose(pixels, (0x44 / 255, 0x77 / 255, 0xAA / 255), atol=0.02).all(-1).sum() > 300
    assert np.isclose(pixels, (0xEE / 255, 0x66 / 255, 0x77 / 255), atol=0.02).all(-1).sum() > 300


def vgg():
    image = keras.Input((8, 8, 4), name="image")
    x = layers.Conv2D(4, 3, activation="relu", padding="same", name="conv1")(image)
    x = layers.Conv2D(4, 3, activation="relu", padding="same", name="conv2")(x)
    x = layers.Conv2D(8, 3, activation="relu", padding="same", name="conv3")(layers.MaxPooling2D()(x))
    return keras.Model(image, layers.Dense(3, name="logits")(layers.GlobalAveragePooling2D()(x)), name="vgg")


def test_named_layers():
    model, at = vgg(), ["conv3", "conv2"]
    points = attachment_points(model, at)
    assert [(point.branch_end, point.stage, point.addition) for point in points] == [("conv2", 0, ""), ("conv3", 1, "")]
    x = batch(model)
    assert_equal(outputs(plug(model, "dia", identity_init=True, at=at), x), outputs(model, x))
    assert_equal(outputs(plug_supernet(model, "se", at=at).extract("0 0"), x), outputs(model, x))
    plugged = plug(model, "se", scheme="0 1", at=at)
    inner = keras.Model(plugged.input, [plugged.get_layer("conv3").output, plugged.layers[-2].input])
    before, after = map(keras.ops.convert_to_numpy, inner(x))
    gate, _ = plugged.get_layer("stage_1_attention").gate(before, ())
    np.testing.assert_allclose(after, before * keras.ops.convert_to_numpy(gate), rtol=1e-5)


def test_a_model_without_places_asks_for_names():
    with pytest.raises(ValueError, match=r"'vgg' has no residual additions .* at=\["):
        plug(vgg())


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (["conv9"], "Unknown layer 'conv9'. Did you mean 'conv"),
        (["logits"], r"layer 'logits' gives \(None, 3\)"),
        ([], "has no residual additions"),
    ],
)
def test_names_that_do_not_fit(at, message):
    with pytest.raises(ValueError, match=message):
        attachment_points(vgg(), at)


def test_channels_first_is_refused():
    image = keras.Input((4, 8, 8))
    pooled = layers.AveragePooling2D(1, data_format="channels_first", name="pool")(image)
    with pytest.raises(ValueError, match="channels-first layers: pool"):
        attachment_points(keras.Model(image, image + pooled))


def test_a_nested_model_of_open_size_has_the_places_of_its_copy():
    """Maps of one number of channels are two stages if their sizes differ, and an addition across the border of the
    nested model is one of maps of one size."""

    def block(x):
        return layers.add([x, layers.Conv2D(4, 3, padding="same")(x)])

    inside = keras.Input((None, None, 4))
    base = keras.Model(inside, block(layers.MaxPool2D()(block(inside))), name="base")
    photo = keras.Input((8, 8, 3))
    first = layers.Conv2D(4, 3, padding="same")(photo)
    x = layers.UpSampling2D()(base(first))
    y = layers.Conv2D(4, 3, padding="same")(layers.Conv2D(4, 3, padding="same")(x))
    model = keras.Model(photo, layers.GlobalAveragePooling2D()(layers.add([x, y])))
    stages = attachment_points(model).stages
    assert stages == attachment_points(plug(model, scheme=[0] * sum(stages))).stages == (1, 1, 1)
