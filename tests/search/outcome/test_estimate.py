"""Rewards with the noise taken out, the contenders' repeats, and what random search would reach."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import Reward
from keras_ean.search.evaluation import Evaluation, bits_of
from keras_ean.search.outcome.estimate import Estimate, most_promising

EFFECTS = np.array([1.0, -1, 0.8, -0.8, 0.6, -0.6, 0.4, -0.4])


def scored(noise, count=64, seed=0, effects=EFFECTS, known=lambda bits: 0.0):
    random = np.random.default_rng(seed)
    schemes = (random.permutation(256)[:count, None] >> np.arange(8) & 1).tolist()
    return [Evaluation(Scheme(b, (4, 4)), float(effects @ b + noise * random.normal() + known(b))) for b in schemes]


def again(schemes, noise, seed=1, times=3):
    random = np.random.default_rng(seed)
    return [
        Evaluation(scheme, float(EFFECTS @ scheme.bits + noise * random.normal()), repeat=number)
        for number in range(1, times + 1)
        for scheme in schemes
    ]


def test_the_level_of_contenders_is_that_of_their_repeats():
    evaluations = scored(noise=0.3)
    contenders = most_promising(evaluations, 4)
    plain = Estimate(evaluations)
    low = [Evaluation(one, EFFECTS @ one.bits - 1, repeat=n) for one in contenders for n in (1, 2, 3)]
    estimate = Estimate(evaluations, low)
    assert estimate.schemes == contenders
    np.testing.assert_allclose(estimate.means, bits_of(contenders) @ EFFECTS - 1, atol=0.15)
    assert plain.means.max() > estimate.means.max() + 0.7


def test_repeats_tell_contenders_apart():
    evaluations = scored(noise=2.0)
    contenders = most_promising(evaluations, 5)
    worth = [EFFECTS @ scheme.bits for scheme in contenders]
    estimate = Estimate(evaluations, again(contenders, noise=2.0, times=400))
    assert estimate.schemes[estimate.best()[0]] == contenders[int(np.argmax(worth))]
    assert np.argmax(worth) != 0
    # The mean of 400 scores has a twentieth of one score's deviation.
    np.testing.assert_allclose(estimate.deviations, 2.0 / 20, rtol=0.1)
    assert estimate.quantile == pytest.approx(1.96, abs=0.01)


def test_few_repeats_widen_the_interval_as_students_t_does():
    evaluations = scored(noise=1.0)
    estimate = Estimate(evaluations, again(most_promising(evaluations, 2), noise=1.0, times=6))
    assert estimate.quantile == pytest.approx(2.228, rel=0.02)  # Of ten degrees of freedom.
    once = Estimate(evaluations, again(most_promising(evaluations, 2), noise=1.0, times=1))
    assert once.quantile == Estimate(evaluations).quantile == 1.96


def test_the_interval_covers_the_named_schemes_worth_and_it_is_worth_more_than_the_best_seen():
    covered, gain = 0, 0.0
    for seed in range(40):
        evaluations = scored(noise=1.5, seed=seed)
        estimate = Estimate(evaluations, again(most_promising(evaluations, 5), noise=1.5, seed=1000 + seed))
        [pick] = estimate.best()
        worth = EFFECTS @ estimate.schemes[pick].bits
        covered += abs(estimate.means[pick] - worth) < estimate.quantile * estimate.deviations[pick]
        gain += (worth - EFFECTS @ max(evaluations, key=lambda one: one.reward).scheme.bits) / 40
    assert covered >= 34
    assert gain > 0.2


def test_what_is_known_of_a_scheme_is_not_estimated():
    estimate = Estimate(scored(noise=0.5, known=lambda bits: 5.0 * (1 - np.mean(bits))), reward=Reward(5.0))
    known = [5.0 * (1 - scheme.density) for scheme in estimate.schemes]
    plain = Estimate(scored(noise=0.5))
    np.testing.assert_allclose(estimate.means, plain.means + known)
    np.testing.assert_allclose(estimate.deviations, plain.deviations)


@pytest.mark.parametrize("limit", [None, 2])
def test_estimate_of_random_search_is_what_random_search_reaches(limit):
    estimate = Estimate(scored(noise=0, count=200), reward=Reward(0, max_connections=limit))
    random = np.random.default_rng(1)
    draws = random.random((500, 20, 8)) < random.random((500, 20, 1))
    if limit is not None:
        # Random connections are left out until the limit is kept.
        order = np.argsort(np.where(draws, random.random(draws.shape), 2.0), axis=-1).argsort(axis=-1)
        draws &= order < limit
    reached = (draws @ EFFECTS).max(axis=1)
    mean, low, high = estimate.of_random(20)
    assert mean == pytest.approx(reached.mean(), abs=0.1)
    np.testing.assert_allclose([low, high], np.quantile(reached, [0.05, 0.95]), atol=0.3)
    assert 0.8 < np.mean((reached >= low - 0.05) & (reached <= high + 0.05)) <= 1


def test_nothing_to_choose_from():
    assert most_promising([Evaluation(Scheme("1 0"), 1.0, share=0.5)], 3) == []
    with pytest.raises(ValueError, match="No scheme was scored"):
        Estimate([])
