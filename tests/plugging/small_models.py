"""Small residual models with what real ones have: projections, operators, Lambdas, nesting, sharing."""

import keras
import numpy as np
from keras import layers, ops


def block(x, width, name, stride=1, add=None):
    y = layers.Conv2D(width, 3, stride, padding="same", use_bias=False, name=f"{name}_conv1")(x)
    y = layers.ReLU(name=f"{name}_relu1")(layers.BatchNormalization(name=f"{name}_norm1")(y))
    y = layers.BatchNormalization(name=f"{name}_norm2")(
        layers.Conv2D(width, 3, padding="same", name=f"{name}_conv2")(y)
    )
    if stride > 1 or x.shape[-1] != width:
        x = layers.Conv2D(width, 1, stride, name=f"{name}_projection")(x)
    y = add(y, x) if add else layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_relu")(y)


def features(x, add=None, prefix=""):
    """Stages of 2 and 1 blocks: an identity, and a projection with stride 2."""
    x = block(x, 4, f"{prefix}a", add=add)
    x = block(x, 4, f"{prefix}b", add=add)
    return block(x, 8, f"{prefix}c", stride=2, add=add)


def classifier(x, classes=5):
    return layers.Dense(classes, name="logits")(layers.GlobalAveragePooling2D(name="pool")(x))


def plain():
    image = keras.Input((8, 8, 4), name="image")
    return trained(keras.Model(image, classifier(features(image)), name="plain"))


def operators():
    """Additions by operator in both orders, a Lambda, and operations outside layers."""
    image = keras.Input((8, 8, 4), name="image")
    x = layers.Lambda(lambda x: 2 * x - 1, name="center")(image)
    x = features(ops.tanh(x), add=lambda y, x: y + x)
    return trained(keras.Model(image, classifier(ops.multiply(x, 0.5) + 1.0), name="operators"))


def tower(name="tower"):
    image = keras.Input((8, 8, 4), name="map")
    return keras.Model(image, layers.GlobalAveragePooling2D(name="pool")(features(image)), name=name)


def nested():
    """A base in a Sequential in a model whose own layer has a name that the base has too."""
    image = keras.Input((8, 8, 4), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 255, name="rescale")(image)
    x = layers.Conv2D(4, 1, name="a_conv1")(x)
    hidden, scores = layers.Dense(6, "relu", name="hidden"), layers.Dense(5, name="scores")
    head = keras.Sequential([keras.Input((8,)), hidden, scores], name="head")
    return trained(keras.Model(image, head(tower("base")(x, training=False)), name="nested"))


def siamese():
    """One tower over two inputs, two outputs."""
    inputs = {name: keras.Input((8, 8, 4), name=name) for name in ("left", "right")}
    shared = tower()
    left, right = shared(inputs["left"]), shared(inputs["right"])
    outputs = {
        "distance": layers.Dense(1, name="distance")(ops.abs(left - right)),
        "kind": layers.Dense(3, name="kind")(layers.Concatenate(name="both")([left, right])),
    }
    return trained(keras.Model(inputs, outputs, name="siamese"))


def trained(model, seed=0):
    """Every weight away from its initial value, as after training."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        value = generator.normal(0, 0.3, weight.shape) + (1 if weight.path.endswith(("gamma", "variance")) else 0)
        weight.assign(np.abs(value) if weight.path.endswith("variance") else value)
    return model


def batch(model, size=3, seed=1):
    generator = np.random.default_rng(seed)

    def images(tensor):
        values = generator.uniform(0, 255 if tensor.dtype == "uint8" else 1, (size, *tensor.shape[1:]))
        return values.astype(tensor.dtype)

    return keras.tree.map_structure(images, model.input)


def outputs(model, x):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(x, training=False))


def assert_equal(actual, expected):
    keras.tree.map_structure(np.testing.assert_array_equal, actual, expected)


def assert_close(actual, expected):
    keras.tree.map_structure(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5), actual, expected)


MODELS = {"plain": plain, "operators": operators, "nested": nested, "siamese": siamese}
