"""Removing gates one after another, with fine-tuning between."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_ean as ean
from tests.folding.hand_made import data, gated, hand_made


@pytest.mark.usefixtures("eagerly")
def test_calls_of_one_gate_are_told_apart_when_some_are_folded():
    """The gate of a tower is a constant on one of two inputs, and what the answer is made of on the other."""
    image = keras.Input((2, 2, 2))
    x = layers.Conv2D(2, 1, name="first")(image)
    tower = keras.Model(image, layers.GlobalAveragePooling2D()(gated(x, "cue", [[0, 0], [20, 0]], [0, 20])))
    tower.get_layer("first").set_weights([np.eye(2)[None, None], np.zeros(2)])
    still, moving = keras.Input((2, 2, 2), name="still"), keras.Input((2, 2, 2), name="moving")
    model = keras.Model([still, moving], layers.Concatenate()([tower(still), tower(moving)]))
    images, _ = data()
    inputs = [np.ones_like(images), images]
    answers = model.predict(inputs, verbose=0)

    def metric(expected, outputs):
        return -100 * np.abs(outputs - expected).mean(-1)

    found = ean.prune_gates(model, inputs, answers, metric=metric, tune=lambda network: None, tolerance=1)
    assert (found.folded, found.live) == (("cue",), ("cue_1",))
    assert found.gates[1].fate.startswith("folded and fine-tuned, it costs")


@pytest.mark.usefixtures("eagerly")
def test_a_training_that_fails_keeps_the_gate():
    """With labels that are all 0, the first class, which an argmax over NaN would name."""
    images, labels = data()

    def fail(network):
        for weight in network.weights:
            weight.assign(weight * np.nan)

    found = ean.prune_gates(hand_made(), images, 0 * labels, tune=fail, tolerance=10)
    assert (found.live, found.before, found.after) == (("cue",), 75.0, 75.0)
