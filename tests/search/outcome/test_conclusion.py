"""What a search says at its end."""

import numpy as np
import pytest

from keras_ean.scheme import Scheme
from keras_ean.search import Reward
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.outcome.conclusion import conclude

EFFECTS = np.array([1.0, -1, 0.8, -0.8, 0.6, -0.6, 0.4, -0.4])


def evaluations(noise, count=200, effects=EFFECTS, known=lambda bits: 0.0):
    random = np.random.default_rng(0)
    schemes = random.permutation(256)[:count, None] >> np.arange(8) & 1
    rewards = schemes @ effects + noise * random.normal(size=count)
    return [Evaluation(Scheme(b, (4, 4)), float(r) + known(b)) for b, r in zip(schemes.tolist(), rewards, strict=True)]


def test_without_noise_the_highest_reward_is_named():
    conclusion = conclude(evaluations(noise=0), "all done")
    assert conclusion.scheme == conclusion.best == conclusion.highest.scheme
    assert conclusion.expected == pytest.approx(conclusion.highest.reward, abs=0.02)
    assert "all done" in str(conclusion)


def test_under_noise_the_expected_reward_decides():
    scored = evaluations(noise=2.0, count=256)
    conclusion = conclude(scored)
    named, highest = EFFECTS @ conclusion.scheme.bits, EFFECTS @ conclusion.highest.scheme.bits
    assert named >= highest
    assert named > 0.8 * EFFECTS.clip(0).sum()
    assert conclusion.expected < conclusion.highest.reward
    assert conclusion.interval[0] < named < conclusion.interval[1]


def test_without_a_signal_no_scheme_is_named():
    conclusion = conclude(evaluations(noise=1, effects=np.zeros(8)))
    assert conclusion.scheme is None
    assert "No signal" in str(conclusion)


def test_sparsity_alone_is_no_signal():
    reward = Reward(sparsity_weight=0.02)
    scored = evaluations(noise=0.003, effects=np.zeros(8), known=lambda bits: 0.02 * (1 - np.mean(bits)))
    assert conclude(scored).scheme is not None
    assert conclude(scored, reward=reward).scheme is None


def test_the_interval_holds_the_sampling_of_the_validation_images():
    scored = [Evaluation(e.scheme, 0.8 + 0.01 * e.reward) for e in evaluations(noise=0)]
    low, high = conclude(scored, images=400).interval
    expected = conclude(scored).expected
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(expected * (1 - expected) / 400), rel=0.05)
    low, high = conclude(scored).interval
    assert high - low < 0.01


def test_hopeless_schemes_are_never_named():
    scored = [*evaluations(noise=0), Evaluation(Scheme.full((4, 4)), 99.0, share=0.25)]
    assert conclude(scored).highest.reward < 99
    with pytest.raises(ValueError, match="No scheme was scored"):
        conclude(scored[-1:])


def test_random_search_is_measured_with_the_schemes_that_the_search_scored_too():
    scored = evaluations(noise=0)
    drawn = [one.scheme for one in sorted(scored, key=lambda one: one.reward)[-30:-10]]
    extra = Evaluation(Scheme.empty((4, 4)), -99.0, origin="random")
    conclusion = conclude([*scored, extra], drawn=[*drawn, extra.scheme])
    assert conclusion.random_measured
    assert conclusion.random == sorted(one.reward for one in scored)[-11]
    assert "(200) reached" in str(conclusion)
    assert "measured." in str(conclusion)


def test_random_search_is_estimated_otherwise_and_the_report_says_so():
    conclusion = conclude(evaluations(noise=0))
    low, high = conclusion.random_interval
    assert low < conclusion.random < high
    assert "estimated, not measured" in str(conclusion)


def test_the_report_counts_further_scores():
    scored = evaluations(noise=1.0)
    repeats = [Evaluation(scored[0].scheme, 1.0 + 0.1 * n, repeat=n) for n in (1, 2, 3)]
    conclusion = conclude(scored, repeats=repeats)
    assert conclusion.best == scored[0].scheme
    assert "after 3 further scores" in str(conclusion)
