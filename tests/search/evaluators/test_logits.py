"""Probabilities are not taken for logits, by no evaluator."""

import keras
import numpy as np
import pytest

from keras_ean import Scheme, plug_supernet
from keras_ean.recipes import Recipe, SmoothedCrossentropy
from keras_ean.search import (
    GateStatisticsEvaluator,
    HeldEvaluator,
    LearnedGatesEvaluator,
    SupernetEvaluator,
    TrainingEvaluator,
    TuningEvaluator,
    ZeroCostEvaluator,
)
from keras_ean.search.evaluators.logits import gives_logits
from keras_ean.testing.running import shaken
from tests import shortcuts

layers = keras.layers
X = np.random.default_rng(0).normal(size=(24, 4, 4, 1)).astype("float32")
Y = np.arange(24) % 3
RECIPE = Recipe(1, batch_size=8, rate=0.1)
SPARSE = keras.losses.SparseCategoricalCrossentropy


def supernet(activation="softmax", loss=None):
    keras.utils.set_random_seed(0)
    image = keras.Input((4, 4, 1))
    x = layers.Conv2D(4, 3, padding="same")(image)
    x = layers.Add()([x, layers.Conv2D(4, 3, padding="same")(x)])
    x = layers.Dense(3, activation=activation, kernel_initializer=keras.initializers.RandomNormal(stddev=20.0, seed=0))(
        layers.GlobalAveragePooling2D()(x)
    )
    found = plug_supernet(keras.Model(image, x), "se")
    shaken(found.body)
    if loss is not None:
        found.compile("sgd", loss)
    return found


@pytest.mark.parametrize("kind", [SupernetEvaluator, HeldEvaluator])
@pytest.mark.parametrize("loss", [None, "sparse_categorical_crossentropy", SPARSE()])
def test_the_loss_of_probabilities_is_theirs(kind, loss):
    some = supernet(loss=loss)
    [score] = kind(some, (X, Y), batch_size=24).score([Scheme("1")])
    with shortcuts.eagerly():
        right = some.predict(X, scheme="full", verbose=0)[np.arange(24), Y]
    assert score["loss"] == pytest.approx(-np.log(np.maximum(right, keras.config.epsilon())).mean(), rel=1e-4)


def test_the_slope_of_the_loss_is_the_same_for_probabilities():
    data = 0.1 * X, Y  # Else some probabilities are so small that Keras clips them.
    found = [GateStatisticsEvaluator(supernet(end), data, "saliency").values for end in ("softmax", None)]
    assert found[0] == pytest.approx(found[1], rel=1e-2)
    assert abs(found[0]).max() > 1e-6


@pytest.mark.parametrize(
    ("activation", "loss", "logits"),
    [
        (None, None, True),
        ("softmax", None, False),
        ("softmax", "sparse_categorical_crossentropy", False),
        ("softmax", SPARSE(), False),
        (None, SPARSE(from_logits=True), True),
        (None, SPARSE(), False),
        (None, SmoothedCrossentropy(0.1), True),
    ],
)
def test_the_compiled_loss_tells_before_the_end_of_the_network_does(activation, loss, logits):
    assert gives_logits(supernet(activation, loss)) == logits


def training(kind, some):
    if kind in (TrainingEvaluator, TuningEvaluator):
        return kind(some, (X, Y), (X, Y), recipe=RECIPE)
    return kind(some, (X, Y), RECIPE) if kind is LearnedGatesEvaluator else kind(some, (X, Y))


@pytest.mark.parametrize("kind", [TrainingEvaluator, TuningEvaluator, LearnedGatesEvaluator, ZeroCostEvaluator])
def test_what_needs_logits_refuses_probabilities(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__} takes the loss of logits, but this supernet gives prob"):
        training(kind, supernet())
