"""Trained networks, folded, in the comparison of a run."""

import keras
import numpy as np
import pytest

from keras_ean.attention import Attention
from keras_ean.run.verdict import Costs
from tests.run.starting import start


@pytest.fixture(scope="module")
def run(no_detours, tmp_path_factory):
    """A network with attention everywhere, trained from scratch: no supernet, and no search. Its gates are means over
    the batch in training, so that all of them can be folded for nothing."""
    folder = tmp_path_factory.mktemp("runs") / "folding"
    settings = (
        "start=scratch",
        "train={recipe: digits-short, epochs: 1}",
        "attention={name: se, reduction: 4, source: mean}",
        "seeds=1",
        "tolerance=0",
        "keep=found",
        "export=[]",
    )
    start(folder, *settings).figures("shared")
    return start(folder, *settings, "compare=[shared_folded]")  # It may come later.


def test_a_folded_network_is_measured_as_the_others_are(run):
    facts, base = run.figures("shared_folded"), run.figures("shared")
    network = run.network("shared_folded")
    assert not [layer for layer in network().layers if isinstance(layer, Attention)]
    assert (facts["name"], facts["scheme"], facts["seed"]) == ("shared_folded", base["scheme"], 0)
    assert (facts["live"], len(facts["folded"])) == (0, 3)
    assert facts["parameters"] < base["parameters"]
    assert facts["accuracy"] == pytest.approx(network.answers().mean())
    assert facts["images"] == len(network.answers())
    assert Costs.of({**facts, "latency_ms": None}).live == 0
    assert Costs.of({**base, "latency_ms": None}).live == 3


def test_its_time_is_that_of_a_network_without_these_gates(run):
    network = run.network("shared_folded")
    like = network.like(network.figures())
    assert [weight.shape for weight in like.weights] == [weight.shape for weight in network().weights]


def test_it_is_read_back(run):
    images = np.zeros((1, *run.context.images.facts.shape), "float32")
    loaded = keras.models.load_model(run.network("shared_folded").model_file)
    np.testing.assert_allclose(loaded(images), run.network("shared_folded")()(images), rtol=1e-5, atol=1e-6)


def test_weights_that_are_folded_are_kept(run):
    assert [run.network(name, 1).kept for name in ("shared", "plain")] == [True, False]
