"""Measures of untrained networks, against the same computed on the extracted network."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.search import ZeroCostEvaluator
from tests.small_backbone import Small

DRAW = np.random.default_rng(0)
IMAGES, LABELS = DRAW.normal(size=(8, 4, 4, 1)).astype("float32"), np.arange(8) % 3
SCHEME = ean.Scheme("10 1")


@pytest.fixture(scope="module")
def supernet():
    return ean.build_supernet(Small((2, 1)), "se", (4, 4, 1), classes=3)


def measured(supernet, measure, images=IMAGES):
    [score] = ZeroCostEvaluator(supernet, (images, LABELS), measure).score([SCHEME])
    return score[measure]


def gradients(network, loss):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = loss()
    return [g.numpy() for g in tape.gradient(value, [v.value for v in network.trainable_variables])]


@pytest.mark.tensorflow
def test_gradient_norm(supernet):
    network = supernet.extract(SCHEME)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    each = gradients(network, lambda: loss(LABELS, network(IMAGES, training=True)))
    expected = np.sqrt(sum(float(np.sum(g**2)) for g in each))
    assert measured(supernet, "gradient_norm") == pytest.approx(expected, rel=1e-4)


@pytest.mark.tensorflow
def test_synflow(supernet):
    network = supernet.extract(SCHEME)
    for variable in network.trainable_variables:
        variable.assign(abs(variable.numpy()))
    each = gradients(network, lambda: keras.ops.sum(network(np.ones((1, 4, 4, 1)), training=False)))
    weights = [v.numpy() for v in network.trainable_variables]
    expected = np.log(sum(float(np.sum(abs(w * g))) for w, g in zip(weights, each, strict=True)))
    assert measured(supernet, "synflow") == pytest.approx(expected, rel=1e-4)


def test_images_that_are_told_apart_have_a_higher_jacobian_score(supernet):
    assert measured(supernet, "jacobian") > measured(supernet, "jacobian", np.repeat(IMAGES[:1], 8, axis=0))


def test_unknown_measures_are_refused_by_name(supernet):
    with pytest.raises(ValueError, match=r"Unknown measure 'synflov'\. Did you mean 'synflow'"):
        measured(supernet, "synflov")
