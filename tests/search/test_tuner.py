"""The tuner end to end on a small supernet, and against evaluators that count."""

import keras
import keras_tuner
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.scheme import Scheme
from keras_ean.search import ReinforceOracle, SchemeTuner


class Counting:
    """Linear in the bits, and remembers what it was asked."""

    images = 1000

    def __init__(self, weights):
        self.weights = np.array(weights)
        self.asked: list[Scheme] = []
        self.passes = 0

    def score(self, schemes, share=1.0):
        self.passes += 1
        self.asked.extend(schemes)
        return [{"accuracy": float(self.weights @ scheme.bits)} for scheme in schemes]


@pytest.fixture
def evaluator():
    return Counting([0.3, -0.2, 0.1, -0.1, 0.2, -0.3])


def tuner_of(evaluator, folder, **options):
    oracle = ReinforceOracle((2, 4), seed=0, **{"sparsity_weight": 0, "max_steps": 80, **options})
    return SchemeTuner(None, oracle, evaluator=evaluator, directory=folder)


def test_finds_the_best_scheme_and_scores_none_twice(evaluator, tmp_path):
    tuner = tuner_of(evaluator, tmp_path)
    tuner.search(verbose=0)
    assert tuner.best_scheme() == Scheme("10 1010")
    assert len(evaluator.asked) == len(set(evaluator.asked)) == len(tuner.evaluations())
    assert evaluator.passes < len(evaluator.asked)


def test_searches_a_supernet_and_leaves_it_as_it_was(images, tmp_path):
    supernet = ean.build_supernet(ean.backbones.get("resnet8", width=4), "se", (8, 8, 1), classes=10, seed=0)
    before = [np.array(weight) for weight in supernet.weights]
    tuner = SchemeTuner(supernet, ReinforceOracle(max_steps=3, seed=0), directory=tmp_path)
    tuner.search(images, verbose=0)
    for weight, kept in zip(supernet.weights, before, strict=True):
        np.testing.assert_array_equal(np.array(weight), kept)
    [best] = tuner.get_best_models()
    trial = tuner.oracle.get_best_trials()[0]
    hits = np.argmax(keras.ops.convert_to_numpy(best(images[0])), -1) == images[1]
    assert hits.mean() == pytest.approx(trial.metrics.get_best_value("accuracy"), abs=1e-6)
    assert best.count_params() <= supernet.count_params()


def test_a_finished_search_is_taken_up_as_finished(evaluator, tmp_path):
    first = tuner_of(evaluator, tmp_path)
    first.search(verbose=0)
    again = Counting(evaluator.weights)
    second = tuner_of(again, tmp_path)
    second.search(verbose=0)
    assert not again.asked
    assert second.best_scheme() == first.best_scheme()
    assert second.evaluations() == first.evaluations()


def test_overwrite_starts_anew(evaluator, tmp_path):
    tuner_of(evaluator, tmp_path).search(verbose=0)
    oracle = ReinforceOracle((2, 4), seed=1, max_steps=2)
    tuner = SchemeTuner(None, oracle, evaluator=evaluator, directory=tmp_path, overwrite=True)
    assert tuner.evaluations() == []


def test_changed_settings_are_refused_with_the_difference(evaluator, tmp_path):
    tuner_of(evaluator, tmp_path).search(verbose=0)
    with pytest.raises(ValueError, match=r"learning_rate was 0\.05 and is now 0\.1"):
        tuner_of(evaluator, tmp_path, learning_rate=0.1)


def test_another_supernet_is_refused(images, tmp_path):
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        supernet = ean.build_supernet(ean.backbones.get("resnet8", width=4), "se", (8, 8, 1), classes=10)
        if seed == 0:
            SchemeTuner(supernet, ReinforceOracle(max_steps=1, seed=0), directory=tmp_path)
        else:
            with pytest.raises(ValueError, match="supernet was"):
                SchemeTuner(supernet, ReinforceOracle(max_steps=1, seed=0), directory=tmp_path)


def test_validation_metrics_go_by_the_name_that_keras_gives_them(evaluator, tmp_path):
    tuner = tuner_of(evaluator, tmp_path, objective=keras_tuner.Objective("val_accuracy", "max"), max_steps=2)
    tuner.search(verbose=0)
    assert all(e.metrics["val_accuracy"] == e.metrics["accuracy"] for e in tuner.evaluations())


def test_an_evaluator_that_fails_is_shown(tmp_path):
    class Broken:
        def score(self, schemes, share=1.0):
            raise ValueError("no such image")

    with pytest.raises(RuntimeError, match="no such image"):
        tuner_of(Broken(), tmp_path).search(verbose=0)


def test_needs_something_that_scores(tmp_path):
    with pytest.raises(ValueError, match="needs a supernet"):
        SchemeTuner(None, ReinforceOracle((2, 2)), directory=tmp_path)
    with pytest.raises(ValueError, match="No scheme was scored"):
        tuner_of(Counting([1] * 6), tmp_path).best_scheme()
