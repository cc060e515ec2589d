import numpy as np
import pytest

from keras_ean.bench import ReplayEvaluator
from tests.bench.test_table import table


def test_repeats_are_the_trainings_of_the_chosen_seeds():
    truth = table()
    evaluator = ReplayEvaluator(truth, seeds=(0, 2))
    assert evaluator.repeats == 1
    scores = {evaluator.score(["10 1"], repeat=repeat)[0]["accuracy"] for repeat in (0, 1)}
    assert scores == {float(truth.accuracy[5, 0]), float(truth.accuracy[5, 2])}
    with pytest.raises(ValueError, match="2 trainings"):
        evaluator.score(["10 1"], repeat=2)


def test_draws_follow_the_seed():
    scores = [ReplayEvaluator(table(), seed=seed).score(table().schemes) for seed in range(4)]
    assert scores[0] == ReplayEvaluator(table(), seed=0).score(table().schemes)
    assert any(other != scores[0] for other in scores[1:])


def test_a_repeat_has_the_same_seed_for_all_schemes_unless_each_draws_its_own():
    truth = table(seeds=6)
    scores = [score["accuracy"] for score in ReplayEvaluator(truth).score(truth.schemes, repeat=1)]
    assert any(np.array_equal(scores, truth.accuracy[:, seed]) for seed in range(6))
    scores = [score["accuracy"] for score in ReplayEvaluator(truth, common=False).score(truth.schemes)]
    assert not any(np.array_equal(scores, truth.accuracy[:, seed]) for seed in range(6))


def test_validation_accuracy_after_an_epoch():
    truth = table()
    [score] = ReplayEvaluator(truth, seeds=(1,), epoch=2).score(["00 1"])
    assert score["accuracy"] == float(truth.curves[1, 1, 1])


def test_a_share_is_refused():
    with pytest.raises(ValueError, match="0.5"):
        ReplayEvaluator(table()).score(["10 1"], share=0.5)


def test_other_scores_are_other_settings():
    settings = [ReplayEvaluator(table(), seed=seed).settings() for seed in range(4)]
    assert settings[0] == ReplayEvaluator(table(), seed=0).settings()
    assert ReplayEvaluator(table(), epoch=1).settings() not in settings
    assert len({str(one) for one in settings}) > 1
