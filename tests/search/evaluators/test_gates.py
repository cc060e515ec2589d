"""A search over the gates that a model has already: each is live, folded, or removed."""

import numpy as np
import pytest
from keras import layers

from keras_ean.folding.study import Study
from keras_ean.search import GateEvaluator, SchemeTuner
from keras_ean.testing import check_evaluator
from tests.folding.hand_made import data, hand_made


@pytest.fixture(scope="module")
def model():
    """Its answer depends on the gate "cue"; the gate "steady" halves everything, and its mean is all that it is."""
    return hand_made()


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_the_search_keeps_the_gate_that_is_needed_and_removes_the_other(model, tmp_path):
    images, labels = data()
    evaluator = GateEvaluator(model, images, labels)
    tuner = SchemeTuner(None, stages=evaluator.stages, evaluator=evaluator, directory=tmp_path, max_trials=16, seed=0)
    tuner.search(verbose=0)
    scores = {str(one.scheme): one.metrics["accuracy"] for one in tuner.evaluations()}
    assert (len(scores), scores["11 11"], scores["10 11"], scores["00 11"], scores["11 10"]) == (
        16,
        1.0,
        0.75,
        0.75,
        1.0,
    )
    best = tuner.best_scheme()
    assert evaluator.states(best) == {"cue": "live", "steady": "removed"}
    network = evaluator.network(best)
    np.testing.assert_array_equal(network.predict(images, verbose=0).argmax(-1), labels)
    names = {layer.name for layer in network.layers}
    assert {"cue", "cue_excite"} <= names
    assert not {"steady", "steady_excite"} & names
    assert not [layer for layer in network.layers if isinstance(layer, layers.Rescaling)]


@pytest.mark.usefixtures("eagerly")
def test_a_removed_gate_is_one_and_a_folded_one_its_mean(model):
    images, labels = data()
    evaluator = GateEvaluator(model, images, labels)
    live, folded, removed = (
        evaluator.network(scheme).predict(images, verbose=0) for scheme in ("11 11", "11 10", "11 00")
    )
    np.testing.assert_allclose(folded, live, atol=1e-6)
    bias = model.get_layer("logits").get_weights()[1]
    np.testing.assert_allclose(removed - bias, 2 * (live - bias), atol=1e-6)  # The gate halved everything.


@pytest.mark.usefixtures("eagerly")
def test_the_contract_of_evaluators(model):
    images, labels = data()
    check_evaluator(lambda: GateEvaluator(model, images, labels), (2, 2))


@pytest.mark.usefixtures("eagerly")
def test_schemes_may_be_trained_before_they_are_scored(model):
    """Fine-tuning by hand: the class is 1 where both channels are +1, which needs no gate."""
    images, labels = data()

    def tune(network):
        network.get_layer("logits").set_weights([np.array([[0, 1], [0, 1]]), np.array([0.6, 0])])

    def hits(labels, outputs):
        return 10 * (outputs.argmax(-1) == labels)

    evaluator = GateEvaluator(model, images, labels, metric=hits, tune=tune)
    assert evaluator.score(["00 10"]) == [{"score": 10.0}]
    assert GateEvaluator(model, images, labels, metric=hits).score(["00 10"]) == [{"score": 7.5}]


def test_scores_are_those_of_the_whole_set_in_shares_unless_a_metric_has_its_own_unit(model, monkeypatch):
    asked = []
    monkeypatch.setattr(
        Study, "score", lambda study, constants, share: asked.append((sorted(constants), share)) or 25.0
    )
    images, labels = data()
    evaluator = GateEvaluator(model, images, labels)
    assert evaluator.score(["11 11", "01 10"]) == [{"accuracy": 0.25}] * 2
    assert evaluator.score(["10 11"], 0.5, repeat=3) == [{"accuracy": 0.25}]
    assert asked == [([], 1.0), ([0, 1], 1.0), ([0], 0.5)]
    assert GateEvaluator(model, images, labels, metric=lambda labels, outputs: 1.0).score(["11 11"]) == [
        {"score": 25.0}
    ]


@pytest.mark.parametrize("share", [0, -0.5, 1.5])
def test_a_share_that_is_none_is_refused(model, share):
    with pytest.raises(ValueError, match=f"above 0 and at most 1, not {share}"):
        GateEvaluator(model, *data()).score(["11 11"], share)
