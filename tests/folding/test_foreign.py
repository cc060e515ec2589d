"""Gates in models that somebody else built."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_ean as ean
from keras_ean.folding.reestimation import reestimate
from keras_ean.testing.running import run, shaken
from tests.folding.helpers import assert_close, assert_exact
from tests.plugging.small_models import batch
from tests.plugging.test_keras_hub import efficientnet, mobilenet

SHAPE = (8, 8, 4)


def excite(x, name, multiply=None):
    """Squeeze-and-excitation by hand."""
    v = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)
    v = layers.Conv2D(x.shape[-1], 1, activation="sigmoid", name=f"{name}_fc")(v)
    return multiply(x, v) if multiply else layers.Multiply(name=name)([x, v])


def convolved(x, filters=6, activation=None, **options):
    return layers.Conv2D(filters, 3, activation=activation, name="feeds", **options)(x)


def takes(x, **options):
    return layers.Conv2D(4, 3, name="takes", **options)(x)


class Raised(layers.Dropout):
    def call(self, x, training=False):
        return x + 1.0


class Bent(layers.BatchNormalization):
    def call(self, x, training=None, mask=None):
        return ops.tanh(super().call(x, training=training))


def relu(x):
    """Capped, whatever its name says."""
    return ops.clip(x, 0.0, 0.1)


# What is before the gate, what is after it, and where its constant goes.
PATHS = {
    "a convolution": (convolved, lambda x: x, "feeds"),
    "with ReLU inside": (lambda x: convolved(x, activation="relu"), lambda x: x, "feeds"),
    "in groups": (lambda x: convolved(x, groups=2), lambda x: x, "feeds"),
    "without bias": (lambda x: convolved(x, use_bias=False), lambda x: x, "feeds"),
    "depthwise": (lambda x: layers.DepthwiseConv2D(3, depth_multiplier=2, name="feeds")(x), lambda x: x, "feeds"),
    "dense": (lambda x: layers.Dense(6, name="feeds")(x), lambda x: x, "feeds"),
    "a norm without scale": (lambda x: layers.BatchNormalization(scale=False, name="feeds")(x), lambda x: x, "feeds"),
    "a layer norm": (lambda x: layers.LayerNormalization(name="feeds")(x), lambda x: x, "feeds"),
    "through ReLU, padding and dropout": (
        lambda x: layers.Dropout(0.5)(layers.ZeroPadding2D(1)(layers.ReLU()(convolved(x)))),
        lambda x: x,
        "feeds",
    ),
    "after swish": (lambda x: convolved(x, activation="swish"), takes, "takes"),
    "after swish, into groups": (lambda x: convolved(x, activation="swish"), lambda x: takes(x, groups=2), "takes"),
    "after swish, into a depthwise one": (
        lambda x: convolved(x, activation="swish"),
        lambda x: layers.DepthwiseConv2D(3, depth_multiplier=2, name="takes")(x),
        "takes",
    ),
    "after swish, through padding": (
        lambda x: convolved(x, activation="swish"),
        lambda x: takes(layers.ZeroPadding2D(1)(x)),
        "takes",
    ),
    "nothing takes it": (lambda x: convolved(x, activation="swish"), ops.tanh, None),
    "its input is used elsewhere": (convolved, lambda x: x, "elsewhere"),
    "capped ReLU": (lambda x: layers.ReLU(6.0)(convolved(x)), lambda x: x, None),
    "somebody's function": (lambda x: layers.Activation(relu)(convolved(x)), lambda x: x, None),
    "somebody's function inside": (lambda x: convolved(x, activation=relu), lambda x: x, None),
    "somebody's dropout": (lambda x: Raised(0.5)(convolved(x)), lambda x: x, None),
    "somebody's norm": (lambda x: Bent()(convolved(x)), lambda x: x, None),
    "pooling across channels": (
        lambda x: convolved(x, activation="swish"),
        lambda x: takes(layers.AveragePooling2D(2, 1, "same", data_format="channels_first")(x)),
        None,
    ),
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(6, *SHAPE)).astype("float32")


@pytest.mark.parametrize("path", PATHS)
def test_where_a_constant_goes(path, images):
    before, after, taker = PATHS[path]
    image = keras.Input(SHAPE)
    x = before(image)
    y = after(excite(x, "gate"))
    if taker == "elsewhere":
        y, taker = layers.Concatenate()([x, y]), None
    model = shaken(keras.Model(image, layers.GlobalAveragePooling2D()(y)))
    folded, into, _ = assert_exact(model, images)
    assert into == [taker]
    assert bool(taker) != any(isinstance(layer, layers.Rescaling) for layer in folded.layers)
    assert not [layer.name for layer in folded.layers if layer.name.startswith("gate_") and layer.name != "gate_folded"]


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_a_gate_may_be_a_vector(images):
    """The layer Multiply puts the missing axes after the batch."""
    image = keras.Input(SHAPE)
    x = convolved(image)
    vector = layers.Dense(6, activation="sigmoid", name="gate_fc")(layers.GlobalAveragePooling2D(name="gate_pool")(x))
    model = shaken(keras.Model(image, layers.GlobalAveragePooling2D()(layers.Multiply(name="gate")([x, vector]))))
    assert [gate.kind for gate in ean.find_gates(model)] == ["squeeze-and-excitation"]
    folded, into, _ = assert_exact(model, images)
    assert (into, len(folded.layers)) == (["feeds"], 3)
    phase = ean.folding.steady(model, images)
    phase.compile("sgd", "mse", jit_compile=False)
    phase.train_on_batch(images, np.ones((6, 6)))
    assert_close(run(ean.fold(phase, images, tolerance=100).network, images), run(phase, images))


@pytest.mark.usefixtures("eagerly")
def test_the_policy_for_new_layers_is_not_that_of_the_model(images):
    image = keras.Input(SHAPE)
    model = shaken(keras.Model(image, layers.GlobalAveragePooling2D()(excite(convolved(image), "gate", ops.multiply))))
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        folded, _, _ = assert_exact(model, images)
    finally:
        keras.config.set_dtype_policy("float32")
    assert {layer.dtype_policy.name for layer in folded.layers if layer.weights} == {"float32"}


def test_gates_of_a_tower_that_runs_twice_have_constants_of_their_own(images):
    image = keras.Input(SHAPE)
    tower = keras.Model(image, layers.GlobalAveragePooling2D()(excite(convolved(image), "gate")))
    left, right = keras.Input(SHAPE, name="left"), keras.Input(SHAPE, name="right")
    model = shaken(keras.Model([left, right], tower(left) - tower(right)))
    _, into, _ = assert_exact(model, [images, 2 * images + 1])
    assert into == [None, None]


def test_an_operator_makes_a_gate_and_other_products_do_not(images):
    image = keras.Input(SHAPE)
    x = convolved(image)
    x = x * ops.sigmoid(x)
    x = x * layers.Dense(6, name="embedding")(ops.mean(image, (1, 2), keepdims=True))
    x = ops.multiply(2.0, excite(x, "gate", lambda x, v: v * x))
    gates = ean.find_gates(keras.Model(image, x))
    assert [(gate.kind, gate.shape) for gate in gates] == [("squeeze-and-excitation", (6, 6, 6))]
    assert gates[0].after.startswith("multiply")


def test_a_gate_per_position_is_listed_and_refused_by_name(images):
    """As in CBAM, written by hand: behind the gate per channel. Held at a constant, it is folded exactly too."""
    image = keras.Input(SHAPE)
    x = excite(convolved(image), "channels")
    seen = ops.concatenate([ops.mean(x, -1, keepdims=True), ops.max(x, -1, keepdims=True)], -1)
    where = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="where")
    model = keras.Model(image, layers.GlobalAveragePooling2D()(layers.Multiply(name="positions")([x, where(seen)])))
    where.kernel.assign(np.full(where.kernel.shape, 2.0))
    assert [gate.kind for gate in ean.find_gates(model)] == ["squeeze-and-excitation", "spatial gate"]

    def metric(expected, outputs):
        return -100 * np.abs(outputs - expected).mean()

    found = ean.fold(model, images, model.predict(images, verbose=0), metric=metric, tolerance=0.1)
    assert "positions" in found.live
    assert found.gates[1].fate.startswith("spatial gate varies over positions, and its mean costs")
    assert_exact(model, images)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(
    ("name", "options", "count"),
    [
        ("MobileNetV3Small", {"alpha": 0.35}, 9),
        ("MobileNetV3Large", {"alpha": 0.35}, 8),
        ("EfficientNetB0", {}, 16),
        ("EfficientNetV2B0", {}, 16),
    ],
)
def test_keras_applications(name, options, count):
    """1905.02244, tables 1 and 2; 1905.11946, table 1; 2104.00298. Every constant finds a layer; the last maps are of
    one position."""
    build = getattr(keras.applications, name)
    model = build(weights=None, input_shape=(32, 32, 3), classes=7, classifier_activation=None, **options)
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    _, into, _ = assert_exact(normalised(model, images), images)
    assert len(into) == count
    assert None not in into


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_keras_applications_on_every_backend():
    """The first block, since JAX takes long to compile the whole."""
    whole = keras.applications.MobileNetV3Small((32, 32, 3), 0.35, weights=None)
    end = whole.get_layer("expanded_conv_project_bn").output
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    model = shaken(keras.Model(whole.input, layers.GlobalAveragePooling2D()(end)))
    assert assert_exact(model, images)[1] == ["expanded_conv_depthwise_bn"]


def normalised(model, images):
    """Batch statistics of the images, as after training, so that the maps of a deep model keep their size; and gates
    that differ from one another."""
    reestimate(model, images)
    generator = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(generator.normal(0, 0.3, weight.shape))
    return model


@pytest.mark.tensorflow
@pytest.mark.parametrize(("build", "count"), [(efficientnet, 4), (mobilenet, 3)])
def test_keras_hub(build, count):
    """Blocks that are layers made of layers are taken apart where a gate is inside."""
    model = build()
    x = batch(model, 4)
    _, into, _ = assert_exact(model, x)
    assert len(into) == count
    assert None not in into
