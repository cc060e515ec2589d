"""Layers made of layers, taken apart where residual blocks end inside."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_ean.plugging import attachment_points, plug, plug_supernet
from tests.plugging.small_models import assert_close, assert_equal, batch, classifier, outputs, trained


@keras.saving.register_keras_serializable("tests")
class Mixer(layers.Layer):
    """A layer inside the block that ends no block itself; it numbers what it holds."""

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.conv = layers.Conv2D(channels, 3, padding="same", dtype=self.dtype_policy)
        self.norm = layers.BatchNormalization(momentum=0.5, dtype=self.dtype_policy)

    def build(self, x_shape):
        self.conv.build(x_shape)
        self.norm.build((*x_shape[:-1], self.channels))

    def call(self, x):
        return self.norm(self.conv(x))

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}


class Block(layers.Layer):
    """A residual block with a scale of its own, dropout, and a layer made in the call."""

    def __init__(self, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second = (Mixer(4, dtype=self.dtype_policy) for _ in range(2))
        self.drop = layers.Dropout(rate, name="drop", dtype=self.dtype_policy)

    def build(self, x_shape):
        self.scale = self.add_weight(shape=(1, 1, 4), initializer="ones", name="scale")
        self.first.build(x_shape)
        self.second.build(x_shape)

    def call(self, x, training=None):
        y = self.second(ops.relu(self.first(x, training=training)), training=training)
        return layers.Add(name="sum", dtype=self.dtype_policy)([x, self.drop(y * self.scale)])


class Stage(layers.Layer):
    """Blocks in a layer in a layer, one of them called twice."""

    def __init__(self, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Block(rate, name=name, dtype=self.dtype_policy) for name in "ab"]

    def call(self, x, training=None):
        for block in (*self.blocks, self.blocks[0]):
            x = block(x, training=training)
        return x


def composite(rate=0.5):
    image = keras.Input((8, 8, 4), name="image")
    return trained(keras.Model(image, classifier(Stage(rate, name="stage")(image)), name="composite"))


def names(model):
    return {layer.name for layer in model.layers}


def numbers(model, kind=""):
    """All numbers in the weights whose path has `kind`, in ascending order."""
    arrays = [keras.ops.convert_to_numpy(weight).ravel() for weight in model.weights if kind in weight.path]
    return np.sort(np.concatenate(arrays))


def test_places_and_names():
    model = composite()
    points = attachment_points(model)
    assert [(point.branch_end, len(point.edges)) for point in points] == [("a_multiply", 2), ("b_multiply", 1)]
    assert points.stages == (2,)
    assert points.closed == {}
    assert {"a_scale", "a_mixer", "a_mixer_1", "stage_a_drop", "stage_b_sum"} <= names(plug(model, scheme="00"))


def test_outputs_and_weights_are_the_models_and_the_model_stays_as_it_was():
    model = composite()
    x = batch(model)
    nodes = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model._flatten_layers()]
    plugged = plug(model, scheme="00")
    np.testing.assert_array_equal(numbers(plugged), numbers(model))
    assert_equal(outputs(plugged, x), outputs(model, x))
    assert_equal(outputs(plug(model, "se", identity_init=True), x), outputs(model, x))
    assert nodes == [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model._flatten_layers()]


def test_training_reaches_the_layers_inside():
    model = composite(rate=0.0)
    x, plugged = batch(model), plug(model, scheme="00")
    assert_close(keras.ops.convert_to_numpy(plugged(x, training=True)), outputs_in_training(model, x))
    assert_close(numbers(plugged, "moving"), numbers(model, "moving"))
    dropping = plug(composite(), scheme="00")
    assert not np.allclose(outputs_in_training(dropping, x), outputs(dropping, x))


def outputs_in_training(model, x):
    return keras.ops.convert_to_numpy(model(x, training=True))


@pytest.mark.usefixtures("eagerly")
def test_a_supernet_fits_and_loads_without_the_outer_classes(tmp_path):
    model = composite()
    x = batch(model)
    supernet = plug_supernet(model, "dia", identity_init=True)
    supernet.compile("sgd", "mse")
    supernet.fit(x, np.zeros((3, 5)), verbose=0)
    supernet.save(tmp_path / "supernet.keras")
    again = keras.models.load_model(tmp_path / "supernet.keras")
    assert_equal(outputs(again.extract("01"), x), outputs(supernet.extract("01"), x))
    assert not np.allclose(outputs(again.extract("00"), x), outputs(model, x))


def test_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = composite()
    finally:
        keras.config.set_dtype_policy("float32")
    plugged = plug(model, "se", identity_init=True)
    assert plugged.get_layer("a_scale").compute_dtype == "float16"
    assert_equal(outputs(plugged, batch(model)), outputs(model, batch(model)))


def test_named_places_leave_layers_whole_unless_they_name_a_part():
    model = composite()
    assert [point.branch_end for point in attachment_points(model, ["stage"])] == ["stage"]
    assert "stage" in names(plug(model, at=["stage"]))
    assert [point.branch_end for point in attachment_points(model, ["a_mixer_1"])] == ["a_mixer_1"]


def test_a_layer_that_adds_scaled_maps():
    """As in InceptionResNetV2."""

    class Scaled(layers.Layer):
        def call(self, inputs):
            return inputs[0] + 0.17 * inputs[1]

    image = keras.Input((8, 8, 4))
    model = trained(keras.Model(image, Scaled(name="block")([image, layers.Conv2D(4, 3, padding="same")(image)])))
    (point,) = attachment_points(model)
    assert (point.addition, point.branch_end) == ("block_add", "block_multiply")
    assert_equal(outputs(plug(model, "se", identity_init=True), batch(model)), outputs(model, batch(model)))


def test_lambdas_that_add():
    """As in older Inception-ResNets; one whose function takes no symbolic tensors is named."""
    image = keras.Input((8, 8, 4))
    branch = layers.Conv2D(4, 3, padding="same")(image)
    add = layers.Lambda(lambda x, scale: x[0] + scale * x[1], arguments={"scale": 0.17}, name="block")
    model = trained(keras.Model(image, add([image, branch])))
    (point,) = attachment_points(model)
    assert (point.addition, point.branch_end) == ("block_add", "block_multiply")
    assert_equal(outputs(plug(model, "se", identity_init=True), batch(model)), outputs(model, batch(model)))

    def opaque(x):
        return ops.convert_to_tensor(ops.convert_to_numpy(x[0]) + ops.convert_to_numpy(x[1]))

    closed = keras.Model(image, layers.Lambda(opaque, lambda shapes: shapes[0], name="closed")([image, branch]))
    with pytest.raises(ValueError, match=r"could not be looked into: closed \(its call takes no symbolic tensors"):
        attachment_points(closed)


class Reticent(layers.Layer):
    """Does not tell how it is made."""

    def __init__(self, secret):
        super().__init__()
        self.secret = secret

    def call(self, x):
        return x


class Odd(layers.Layer):
    """With a call of the caller's choice, (layer, x, training) → y."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.conv = layers.Conv2D(4, 3, padding="same")
        self.norm = layers.BatchNormalization()
        self.reticent = Reticent(object())

    def build(self, x_shape):
        self.conv.build(x_shape)
        self.norm.build(x_shape)
        if self.function in (counting, scaling):
            self.count = self.add_weight(shape=(), trainable=False, autocast=False, name="count")

    def call(self, x, training=None):
        return self.function(self, x, training)

    def get_config(self):
        return {**super().get_config(), "function": self.function}


def counting(layer, x, training):
    layer.count.assign(layer.count + 1)
    return x + layer.conv(x)


def scaling(layer, x, training):
    return x + layer.norm(layer.conv(x)) * layer.count


def reshaping(layer, x, training):
    return ops.reshape(x + layer.norm(layer.conv(x)), (ops.shape(x)[0], 8, 8, 4))


def doubling(layer, x, training):
    return x + layer.norm(layer.conv(x)) * (2 if training else 1)


ODD = [
    ("its call depends on training", doubling),
    ("its call fixes training", lambda layer, x, training: x + layer.norm(layer.conv(x), training=False)),
    ("its call leaves weights out", lambda layer, x, training: x + layer.conv(ops.relu(layer.conv(x)))),
    ("its call uses arrays", lambda layer, x, training: x + layer.norm(layer.conv(x)) * np.ones(4, "float32")),
    ("its call uses the weight count, of another", scaling),
    ("its call updates weights", counting),
    ("its call takes no symbolic tensors", reshaping),
    ("Reticent inside cannot be copied", lambda layer, x, training: x + layer.reticent(layer.norm(layer.conv(x)))),
]


@pytest.mark.parametrize(("reason", "function"), ODD)
def test_what_cannot_be_taken_apart_is_named(reason, function):
    image = keras.Input((8, 8, 4))
    model = keras.Model(image, Odd(function, name="odd")(image))
    with pytest.raises(ValueError, match=rf"1 layer could not be looked into: odd \({reason}.*\); use at= to plug"):
        attachment_points(model)


def test_a_layer_that_stays_whole_beside_one_that_is_taken_apart():
    image = keras.Input((8, 8, 4))
    model = trained(keras.Model(image, classifier(Odd(doubling, name="odd")(Block(name="block")(image)))))
    points = attachment_points(model)
    assert points.closed == {"odd": "its call depends on training"}
    assert str(points).splitlines()[-2:] == [
        f"1 place of {model.name}, stages (1,)",
        "1 layer could not be looked into: odd (its call depends on training); use at= to plug after one.",
    ]
    x = batch(model)
    assert_equal(outputs(plug(model, "se", identity_init=True), x), outputs(model, x))
