"""The test for signal: silent on noise however schemes were chosen, loud on structure."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import algorithms
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.outcome.signal import Signal, find_signal


def scored(schemes, rewards):
    return [Evaluation(Scheme(b, (len(b),)), float(r)) for b, r in zip(schemes.tolist(), rewards, strict=True)]


def search(name, reward, seed, most=90):
    searcher = algorithms.lookup(name)((4, 4, 4), seed=seed)
    memo = {}
    while len(memo) < most and not searcher.converged:
        batch = searcher.propose()
        for scheme in batch:
            if scheme not in memo:
                memo[scheme] = Evaluation(scheme, reward(scheme.bits))
        searcher.observe([memo[scheme] for scheme in batch])
    return list(memo.values())


@pytest.mark.parametrize("name", ["random", "reinforce", "evolution", "surrogate"])
def test_noise_is_no_signal(name):
    false_alarms = 0
    for seed in range(5):
        noise = np.random.default_rng(seed)
        false_alarms += find_signal(search(name, lambda bits, noise=noise: noise.normal(), seed)).found
    assert false_alarms == 0


@pytest.mark.parametrize("name", ["random", "reinforce", "evolution", "surrogate"])
def test_main_effects_under_noise_are_a_signal(name):
    noise = np.random.default_rng(0)
    effects = np.linspace(-1, 1, 12)
    signal = find_signal(search(name, lambda bits: effects @ bits + noise.normal(), seed=0))
    assert signal.found
    assert 0 < signal.explained < 1


def test_interactions_alone_are_a_signal():
    schemes = np.random.default_rng(0).integers(0, 2, (150, 8))
    rewards = (2 * schemes[:, 0] - 1) * (2 * schemes[:, 1] - 1) + (2 * schemes[:, 2] - 1) * (2 * schemes[:, 3] - 1)
    signal = find_signal(scored(schemes, rewards))
    assert signal.found


def test_equal_rewards_are_no_signal_and_few_say_nothing():
    schemes = np.random.default_rng(0).integers(0, 2, (60, 8))
    assert find_signal(scored(schemes, [0.5] * 60)) == Signal(1.0, 0.0, 52)
    assert Signal(1.0, 0.0, 52).found is False
    assert find_signal(scored(schemes[:27], schemes[:27].sum(axis=1))) == Signal(None, 0.0, 19)
    enough = find_signal(scored(schemes[:28], schemes[:28].sum(axis=1)))
    assert enough.p_value is not None
    assert enough.evaluations == 20
    assert find_signal(scored(schemes[:5], schemes[:5].sum(axis=1))) == find_signal([]) == Signal(None, 0.0, 0)
    assert find_signal([]).found is None


def test_half_of_the_variance_is_half_explained():
    schemes = np.random.default_rng(1).integers(0, 2, (600, 4))
    noise = np.random.default_rng(2).normal(size=600)
    signal = find_signal(scored(schemes, 2 * schemes[:, 0] + noise))
    assert signal.explained == pytest.approx(0.5, abs=0.06)
    assert signal.p_value < 1e-6
    assert [Signal(p, 0.0, 30).found for p in (0.0099, 0.01)] == [True, False]
