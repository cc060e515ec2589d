"""Trained networks, folded, in the comparison of a run."""

import shutil
from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_ean.attention import Attention
from keras_ean.run import pipeline, read_json
from keras_ean.run.effort import efforts, plain_training
from keras_ean.run.stages.folding import Folding
from keras_ean.run.verdict import Costs, decide
from tests.run.starting import start

SETTINGS = (
    "pretrain.epochs=1",
    "tune.epochs=1",
    "search={calibrate: 32, options: {max_steps: 1, samples_per_step: 2}}",
    "attention={name: se, reduction: 4, source: mean}",
    "seeds=1",
    "compare=null",
    "tolerance=0",
    "keep=found",
    "export=[]",
    "max_latency=+1000%",
)


@contextmanager
def recommending(name, in_time=None):
    """Of the networks without folded ones the verdict recommends this one, or another within a limit to their time."""

    def told(scores, costs, *settings):
        verdict = decide(scores, costs, *settings)
        limited = settings[-1] is not None and in_time is not None
        return verdict if "shared_folded" in costs else replace(verdict, recommended=in_time if limited else name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "decide", told)
        yield


@pytest.fixture(scope="module")
def kept(no_detours, tmp_path_factory):
    """The folder of a run that has recommended no attention. Its gates are means over the batch in training, so that
    all of them can be folded for nothing."""
    folder = tmp_path_factory.mktemp("runs") / "folding"
    with recommending("plain"):
        verdict = start(folder, *SETTINGS).verdict()
    assert set(verdict.costs) == {"plain", "shared", "random", "found"}
    return folder


@pytest.fixture(scope="module")
def run(kept, tmp_path_factory):
    """The same, in which attention would have been recommended."""
    run = start(shutil.copytree(kept, tmp_path_factory.mktemp("runs") / "folded"), *SETTINGS)
    with recommending("shared"):
        run.verdict()
    return run


def test_where_attention_would_be_recommended_gates_are_folded(run):
    judged = read_json(run.folder.path / "verdict.json")
    assert set(judged["costs"]) == {"plain", "shared", "random", "found", "shared_folded"}
    assert judged["costs"]["shared_folded"]["live"] == 0
    assert run.config.compare == run.folder.config().compare == ("shared_folded",)
    # Whoever asks for nothing in particular gets what the run has come to compare.
    assert start(run.folder.path, *SETTINGS).config == run.config
    assert set(run.verdict().costs) == set(judged["costs"])


def test_what_only_its_time_rules_out_is_folded_and_an_interruption_loses_nothing(kept, tmp_path, monkeypatch):
    def stop(folding):
        raise KeyboardInterrupt

    monkeypatch.setattr(Folding, "_make", stop)
    folder = shutil.copytree(kept, tmp_path / "copy")
    with recommending("shared", in_time="plain"), pytest.raises(KeyboardInterrupt):
        start(folder, *SETTINGS).verdict()
    assert start(folder, *SETTINGS).config.compare == ("shared_folded",)


def test_what_a_configuration_leaves_out_is_not_folded(run, tmp_path):
    copy = shutil.copytree(run.folder.path, tmp_path / "copy")
    asked = start(copy, *SETTINGS, "compare=[]")
    with recommending("shared"):
        assert set(asked.verdict().costs) == {"plain", "shared", "random", "found"}


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


@pytest.mark.usefixtures("sketched")
def test_its_looks_at_validation_images_are_what_the_run_counts_and_says(run):
    facts, validation = run.figures("shared_folded"), len(run.context.images.data.validation)
    assert facts["looks"] == 2  # Live, and with all gates held.
    figures = [network.figures() for network in run.compared()]
    parts = efforts(run.config, run.context.images.numbers, run.stages, (), figures)
    assert parts["folding"].forward == 2 * validation
    unit = plain_training(run.config, run.context.images.numbers).passes
    run.report()
    assert f"folding {2 * validation / unit:.2f}" in (run.folder.report / "report.md").read_text()


def test_what_is_folded_in_the_first_training_is_tried_first_in_the_others(run, tmp_path):
    other = start(shutil.copytree(run.folder.path, tmp_path / "copy"), *SETTINGS)
    first = other.figures("shared_folded")
    fewer = {**first, "folded": first["folded"][:2], "live": 1}
    other.folder.write_json(other.network("shared_folded").place, fewer)
    facts = other.figures("shared_folded", 1)
    assert (facts["folded"], facts["live"], facts["looks"]) == (first["folded"][:2], 1, 2)
    assert (facts["seed"], facts["flops"]) == (1, first["flops"])


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
