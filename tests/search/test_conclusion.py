"""What a search says at its end."""

import numpy as np
import pytest

from keras_ean.scheme import Scheme
from keras_ean.search import RandomOracle, SchemeTuner
from keras_ean.search.conclusion import best_of_random, conclude
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.model import SchemeModel

EFFECTS = np.array([1.0, -1, 0.8, -0.8, 0.6, -0.6, 0.4, -0.4])


def evaluations(noise, count=200, effects=EFFECTS):
    random = np.random.default_rng(0)
    schemes = random.permutation(256)[:count, None] >> np.arange(8) & 1
    rewards = schemes @ effects + noise * random.normal(size=count)
    return [Evaluation(tuple(b), float(r), stages=(4, 4)) for b, r in zip(schemes.tolist(), rewards, strict=True)]


def test_without_noise_the_highest_reward_is_named():
    conclusion = conclude(evaluations(noise=0), "all done")
    assert conclusion.scheme == conclusion.highest.scheme
    assert conclusion.expected == pytest.approx(conclusion.highest.reward, abs=0.02)
    assert "all done" in str(conclusion)


def test_under_noise_the_expected_reward_decides():
    scored = evaluations(noise=2.0, count=256)
    conclusion = conclude(scored)
    named, highest = EFFECTS @ conclusion.scheme.bits, EFFECTS @ conclusion.highest.bits
    assert named >= highest
    assert named > 0.8 * EFFECTS.clip(0).sum()
    assert conclusion.expected < conclusion.highest.reward


def test_without_a_signal_no_scheme_is_named():
    conclusion = conclude(evaluations(noise=1, effects=np.zeros(8)))
    assert conclusion.scheme is None
    assert "No signal" in str(conclusion)


def test_hopeless_schemes_are_never_named():
    scored = [*evaluations(noise=0), Evaluation((1,) * 8, 99.0, share=0.25, stages=(4, 4))]
    assert conclude(scored).highest.reward < 99
    with pytest.raises(ValueError, match="No scheme was scored"):
        conclude(scored[-1:])


def test_estimate_of_random_search_is_what_random_search_reaches():
    scored = evaluations(noise=0)
    model = SchemeModel(np.array([e.bits for e in scored]), np.array([e.reward for e in scored]))
    random = np.random.default_rng(1)
    draws = (random.random((500, 20, 8)) < random.random((500, 20, 1))) @ EFFECTS
    assert best_of_random(model, 20) == pytest.approx(draws.max(axis=1).mean(), abs=0.1)


def test_random_search_is_run_on_request(tmp_path):
    class Linear:
        def score(self, schemes, share=1.0):
            return [{"accuracy": float(EFFECTS @ scheme.bits)} for scheme in schemes]

    oracle = RandomOracle((4, 4), max_steps=10, seed=0, sparsity_weight=0, compare_random=True)
    tuner = SchemeTuner(None, oracle, evaluator=Linear(), directory=tmp_path)
    tuner.search(verbose=0)
    conclusion = tuner.conclusion()
    rewards = [e.reward for e in tuner.evaluations() if e.origin == "random"]
    assert conclusion.random_measured
    assert rewards
    assert conclusion.random == max(rewards)
    assert all(isinstance(e.scheme, Scheme) for e in tuner.evaluations())
