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
    assert "No signal: what was measured of 192 schemes could not be predicted" in str(conclusion)
    assert f"{conclusion.best} has the highest estimate, and is as good as any" in str(conclusion)


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
    ahead = Evaluation(Scheme.empty((4, 4)), 99.0, origin="random")
    assert "of 99.0000, measured, more than the search has seen." in str(
        conclude([*scored, ahead], drawn=[ahead.scheme])
    )


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


@pytest.mark.parametrize("images", [None, 400])
def test_an_accuracy_stays_within_0_and_1_and_no_bonus_is_added_to_it(images):
    reward = Reward(sparsity_weight=0.2)
    scored = []
    for one in evaluations(noise=1.0):
        accuracy = float(np.clip(0.97 + 0.05 * one.reward, 0, 1))
        scored.append(Evaluation(one.scheme, accuracy + reward.known(one.scheme)))
    conclusion = conclude(scored, reward=reward, images=images, objective="accuracy")
    low, high = conclusion.value_interval
    assert 0 < low < conclusion.value <= high <= 1
    assert conclusion.expected == pytest.approx(conclusion.value + reward.known(conclusion.best))
    known = reward.known(conclusion.best)
    assert known > 0
    assert conclusion.interval == pytest.approx((low + known, high + known))
    assert conclusion.random_interval[1] <= 1.2
    value, low, high = 100 * conclusion.value, 100 * low, 100 * high
    assert f"accuracy {value:.1f} %, 95 % interval {low:.1f} to {high:.1f} %; reward 1." in str(conclusion)


def test_a_minimised_objective_is_told_in_its_own_direction():
    scored = [Evaluation(one.scheme, -2 + 0.1 * one.reward) for one in evaluations(noise=0)]
    conclusion = conclude(scored, objective="loss", direction="min")
    low, high = conclusion.value_interval
    assert low < conclusion.value < high
    assert conclusion.value == pytest.approx(2 - 0.1 * EFFECTS.clip(0).sum(), abs=0.02)
    assert f"expected loss {conclusion.value:.4f}" in str(conclusion)
    assert "with sparsity and costs" not in str(conclusion)


@pytest.mark.parametrize("count", [5, 100])
def test_where_all_schemes_score_the_same_the_cheapest_is_named_and_said_to_be_no_better(count):
    scored = [Evaluation(one.scheme, 0.8) for one in evaluations(noise=0, count=count)]
    conclusion = conclude(scored, images=300, objective="accuracy")
    assert sum(conclusion.best.bits) == min(sum(one.scheme.bits) for one in scored)
    assert str(conclusion).splitlines() == [
        "Search ended: not yet. What it says is an estimate, from the validation images.",
        f"All {count} schemes scored the same, so none is better than another. {conclusion.best} is named because no "
        "scheme that was scored is cheaper.",
    ]


def test_a_single_scheme_is_no_choice():
    [one] = evaluations(noise=0, count=1)
    assert f"{one.scheme} is the only scheme that was scored" in str(conclude([one], images=300, objective="accuracy"))


def test_an_accuracy_in_percent_is_told_as_it_is():
    scored = [Evaluation(one.scheme, 70 + one.reward) for one in evaluations(noise=0)]
    conclusion = conclude(scored, images=400, objective="accuracy")
    assert conclusion.value == pytest.approx(70 + EFFECTS.clip(0).sum(), abs=0.02)
    assert f"expected accuracy {conclusion.value:.4f}" in str(conclusion)
