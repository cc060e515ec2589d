"""Gates that training makes constant: a last phase, and folding with fine-tuning between."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.folding.reestimation import reestimate
from keras_ean.folding.study import Study
from keras_ean.recipes import Recipe
from keras_ean.search import (
    HeldEvaluator,
    LearnedGatesEvaluator,
    SchemeTuner,
    SupernetEvaluator,
    TrainingEvaluator,
    TuningEvaluator,
)
from keras_ean.testing.running import shaken
from tests import shortcuts
from tests.folding.hand_made import data, hand_made
from tests.small_backbone import Small


def assert_steady(network, images, labels):
    """The phase starts as the network with its gates held, and ends in gates that fold exactly."""
    phase = ean.folding.steady(network, images)
    start = keras.ops.convert_to_numpy(ean.fold(network, images, tolerance=100).network(images))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(phase(images)), start, rtol=1e-5, atol=1e-5)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    phase.compile("sgd", loss, jit_compile=False)
    phase.fit(images, labels, verbose=0)
    answers = keras.ops.convert_to_numpy(phase(images))
    assert not np.allclose(answers, start, rtol=1e-4)
    end = ean.fold(phase, images, tolerance=100)
    assert [gate.statistics.varies < 1e-6 for gate in end.gates] == [True] * len(end.gates)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(end.network(images)), answers, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_a_last_phase_with_constant_gates(images):
    network = shaken(ean.build_network(Small((2,)), "se", "11", (8, 8, 1), 10))
    assert_steady(network, *images)


@pytest.mark.backends
def test_a_last_phase_of_another_model():
    """Traced, as users have it."""
    assert_steady(hand_made(), *data())


def test_of_a_trained_network_the_gates_that_carry_the_cue_stay_live():
    """On a task that no network without attention can do (docs/cue.md), trained in seconds."""
    sizes = {"train": 640, "validation": 400, "test": 400}
    data = ean.data.load("cue", **sizes, share=1.0, digits=(0, 1), gap=20, height=8, play=0)
    attention = ean.attention.get("se", reduction=2)
    network = ean.build_network(Small((1, 1, 1)), attention, "1 1 1", data.shape, data.classes)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, 100)), loss, jit_compile=False)
    images, labels = data.train.arrays()
    network.fit(images, labels, batch_size=32, epochs=5, verbose=0)
    with shortcuts.eagerly():
        reestimate(network, images)
        study = Study.of(network, *data.validation.arrays(), None, batch_size=400)
        everything = study.cost(range(3))
        found = ean.fold(network, *data.validation.arrays(), tolerance=2.0, batch_size=400)
    assert study.before > 95
    assert everything > 20  # To fold all gates would lose what was learnt, …
    assert found.folded  # … but something is no part of it, …
    assert found.before - found.after <= 2  # … and folded alone.
    images, labels = data.test.arrays()
    before, after = (one.predict(images, verbose=0).argmax(-1) for one in (network, found.network))
    assert np.mean(after == labels) > np.mean(before == labels) - 0.04


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("source", ["mean", "learned"])
def test_training_to_fold_goes_with_supernets_searches_and_networks(source, images, tmp_path):
    """The supernet is fitted, every evaluator scores its schemes, and what the search finds is folded for nothing."""
    supernet = ean.build_supernet(Small((2,)), ean.attention.get("se", source=source), (8, 8, 1), 10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    supernet.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"], jit_compile=False)
    supernet.fit(*images, batch_size=16, verbose=0)
    tuner = SchemeTuner(supernet, directory=tmp_path, calibration=images[0], objective="val_loss", max_trials=4, seed=0)
    tuner.search(images, verbose=0)
    scores = {str(one.scheme): one.metrics["loss"] for one in tuner.evaluations()}
    network = supernet.extract("11", calibrate=images[0])
    network.compile(loss=loss)
    assert scores["11"] == pytest.approx(network.evaluate(*images, verbose=0), rel=1e-4)
    recipe = Recipe(epochs=1, batch_size=16, rate=0.1)
    evaluators = [SupernetEvaluator(supernet, images), HeldEvaluator(supernet, images)]
    if keras.backend.backend() == "tensorflow":  # tests/search/evaluators has what trains on JAX.
        evaluators += [
            TuningEvaluator(supernet, images, images, steps=2, recipe=recipe),
            TrainingEvaluator(supernet, images, images, recipe),
            LearnedGatesEvaluator(supernet, images, recipe),
        ]
    for evaluator in evaluators:
        [score] = evaluator.score(["11"])
        assert np.isfinite([*score.values()]).all()
    network.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
    network.fit(*images, batch_size=16, verbose=0)
    found = ean.fold(network, images, tolerance=0)
    assert found.live == ()
    assert max(gate.statistics.varies for gate in found.gates) < 1e-6
    answers = (keras.ops.convert_to_numpy(one(images[0])) for one in (found.network, network))
    np.testing.assert_allclose(*answers, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_a_gate_goes_if_fine_tuning_makes_up_for_it():
    """Fine-tuning by hand: a network that names every class 0 is right on three of four images."""
    images, labels = data()
    tuned = []

    def tune(network):
        tuned.append(network)
        network.get_layer("logits").set_weights([np.zeros((2, 2)), np.array([1.0, 0.0])])

    found = ean.prune_gates(hand_made(), images, labels, tune=tune, tolerance=10)
    assert (found.folded, found.live, found.after, len(tuned)) == (("steady",), ("cue",), 100.0, 1)
    assert found.gates[0].fate == "folded and fine-tuned, it costs 25.00"
    assert found.network is not tuned[0]
    found = ean.prune_gates(hand_made(), images, labels, tune=lambda network: boost(network), tolerance=10)
    assert (found.live, found.after) == ((), 100.0)
    assert found.gates[0].fate == "first"


@pytest.mark.usefixtures("eagerly")
def test_what_is_folded_is_fine_tuned_if_asked_for():
    images, labels = data()
    found = ean.fold(hand_made(), images, labels, tolerance=100, tune=boost)
    assert (found.live, found.gates[0].alone, found.after) == ((), 25.0, 100.0)


def boost(network):
    """The class is 1 where both channels are +1; without the cue's gate, the last layer can tell that too."""
    network.get_layer("logits").set_weights([np.array([[0, 1], [0, 1]]), np.array([0.6, 0])])
