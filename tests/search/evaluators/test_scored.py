import math

import pytest

from keras_ean import Scheme
from keras_ean.search import Evaluator, RandomOracle, Reward, SchemeTuner
from keras_ean.search.evaluators.scored import scored

LOST = Scheme("11 1")


class Diverging(Evaluator):
    """The best accuracy is that of a network of NaNs."""

    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": one.density, "loss": math.nan if one == LOST else 1.0} for one in schemes]


class Counting(Evaluator):
    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": one.density} for one in schemes]


def test_a_scheme_whose_metrics_are_not_all_finite_has_no_score():
    good, lost = scored(Diverging(), [Scheme("10 0"), LOST], "val_accuracy", [None, None])
    assert good["val_accuracy"] == pytest.approx(1 / 3)
    assert math.isnan(lost["val_accuracy"])


def test_a_scheme_whose_reward_is_not_finite_is_never_named(tmp_path):
    def reward(scheme, metrics):
        return math.inf if scheme == LOST else metrics["accuracy"]

    oracle = RandomOracle((2, 1), max_steps=8, samples_per_step=4, seed=0, reward=Reward(function=reward))
    tuner = SchemeTuner(None, oracle, evaluator=Counting(), directory=tmp_path)
    tuner.search(verbose=0)
    assert tuner.conclusion().best != LOST
    assert len(tuner.evaluations()) == 7


def test_such_a_scheme_is_never_named(tmp_path):
    oracle = RandomOracle((2, 1), max_steps=8, samples_per_step=4, seed=0, sparsity_weight=0.0)
    tuner = SchemeTuner(None, oracle, evaluator=Diverging(), directory=tmp_path)
    tuner.search(verbose=0)
    assert len(tuner.evaluations()) == 7
    assert LOST not in [evaluation.scheme for evaluation in tuner.evaluations()]
    assert tuner.conclusion().best != LOST
