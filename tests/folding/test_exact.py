"""A folded network computes what the network computes whose gates are held at their means, for every module."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.folding.fold import Study
from keras_ean.testing.running import shaken
from tests.attention.test_with_backbones import CLASSES, FAMILIES, SHAPE
from tests.small_backbone import Small

MODULES = ean.attention.available()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(6, *SHAPE)).astype("float32")


def assert_exact(network, images):
    """Folding all gates is holding them all; gates are really held, and really gone."""
    shaken(network)
    study = Study.of(network, images, None, None, 8)
    every = range(len(study.gates))
    live = study.measured.answers_on(images, 8)
    study.cost(every)
    held = study.measured.answers_on(images, 8)
    folded = study.result(every, [(0.0, 0.0)] * len(every), 100.0, None, 0, None)
    assert not np.allclose(live, held, rtol=1e-4, atol=1e-4 * np.abs(live).max())
    answers = folded.network.predict(images, verbose=0)
    np.testing.assert_allclose(answers, held, rtol=1e-5, atol=1e-5 * np.abs(held).max())
    np.testing.assert_allclose(network.predict(images, verbose=0), live, rtol=1e-5, atol=1e-5 * np.abs(live).max())
    assert not [layer.name for layer in folded.network.layers if isinstance(layer, ean.attention.Attention)]
    return folded


@pytest.mark.parametrize("name", MODULES)
def test_every_module(name, images):
    """Also where blocks share it, and pass its state on."""
    network = ean.build_network(Small((2, 1)), name, "11 1", SHAPE, CLASSES)
    folded = assert_exact(network, images)
    assert [gate.fate for gate in folded.gates] == [f"stage_{place}_norm" for place in ("0_block_0", "0_block_1", "1_block_0")]


@pytest.mark.parametrize("backbone", FAMILIES, ids=lambda backbone: type(backbone).__name__)
def test_every_family(backbone, images):
    """No multiplication is left in any."""
    network = ean.build_network(backbone, "se", ean.Scheme.full(backbone.stages), SHAPE, CLASSES)
    folded = assert_exact(network, images)
    assert not [layer for layer in folded.network.layers if isinstance(layer, keras.layers.Rescaling)]
