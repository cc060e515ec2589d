import keras
import numpy as np
import pytest

from keras_ean.exporting.endpoints import gives_probabilities

L = keras.layers


def classifier(*head):
    inputs = keras.Input((4, 4, 3))
    x = L.Dense(3, kernel_initializer=keras.initializers.RandomNormal(stddev=2.0, seed=0))(L.Flatten()(inputs))
    for layer in head:
        x = layer(x)
    return keras.Model(inputs, x)


def nested(model):
    inputs = keras.Input((4, 4, 3))
    return keras.Model(inputs, model(L.Rescaling(1.0)(inputs)))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (classifier(), False),
        (classifier(L.Activation("sigmoid")), False),
        (classifier(L.ReLU()), False),
        (classifier(L.Softmax()), True),
        (classifier(L.Activation("softmax"), L.Activation("linear", dtype="float32")), True),
        (classifier(lambda x: keras.ops.softmax(x)), True),
        (nested(classifier(L.Softmax())), True),
        (nested(classifier()), False),
    ],
)
def test_probabilities_are_known_by_what_they_are(model, expected):
    assert gives_probabilities(model) is expected


def test_a_network_of_nan_gives_no_probabilities():
    model = classifier(L.Softmax())
    model.layers[-2].kernel.assign(np.full((48, 3), np.nan))
    assert not gives_probabilities(model)


def test_probabilities_are_those_of_inference():
    """A layer of one's own may train unless it is told not to."""

    class Restless(L.Layer):
        def call(self, x, training=True):
            return 2 * x if training else x

    assert gives_probabilities(classifier(L.Softmax(), Restless()))
    assert not gives_probabilities(classifier(Restless()))
