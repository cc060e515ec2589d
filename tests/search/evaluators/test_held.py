"""Schemes scored by one network with attention everywhere, whose other gates are held at their means."""

import numpy as np
import pytest

import keras_ean as ean
from keras_ean.search import HeldEvaluator
from tests.small_backbone import Small

IMAGES = np.random.default_rng(0).normal(size=(24, 4, 4, 1)).astype("float32")
LABELS = np.arange(24) % 3


@pytest.fixture(scope="module")
def supernet():
    """Its gates differ from image to image."""
    supernet = ean.build_supernet(Small((2, 1)), "se", (4, 4, 1), classes=3)
    random = np.random.default_rng(1)
    for variable in supernet.body.trainable_variables:
        if "attention" in variable.path:
            variable.assign(random.normal(size=variable.shape))
    return supernet


def right(network):
    return float(np.mean(network.predict(IMAGES, verbose=0).argmax(-1) == LABELS))


@pytest.mark.backends
def test_scores_are_those_of_the_folded_networks(supernet):
    """All live, and none."""
    evaluator = HeldEvaluator(supernet, (IMAGES, LABELS), batch_size=24)
    network = supernet.extract("11 1")
    full, some, none = evaluator.score([ean.Scheme(text) for text in ("11 1", "10 1", "00 0")])
    assert full["accuracy"] == pytest.approx(right(network))
    assert none["accuracy"] == pytest.approx(right(ean.fold(network, IMAGES, LABELS, tolerance=100.0).network))
    assert len({full["loss"], some["loss"], none["loss"]}) == 3


def test_means_are_those_of_the_calibration_images(supernet):
    [own] = HeldEvaluator(supernet, (IMAGES, LABELS)).score([ean.Scheme("00 0")])
    [others] = HeldEvaluator(supernet, (IMAGES, LABELS), calibration=3 * IMAGES).score([ean.Scheme("00 0")])
    assert own["loss"] != others["loss"]


def test_gates_that_a_given_model_had_are_no_blocks():
    model = ean.build_network(Small((2, 1)), "se", "10 0", (4, 4, 1), classes=3)
    evaluator = HeldEvaluator(ean.plug_supernet(model, "eca"), (IMAGES, LABELS))
    assert evaluator.blocks == [0, 1, 2]
