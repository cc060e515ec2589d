"""The regression against its formulas, written out for every choice that it has."""

from itertools import product

import numpy as np
import pytest

from keras_ean.search.gaussian_process import KERNELS, NOISES, SCALES, GaussianProcess, representative

SCHEMES = np.random.default_rng(0).integers(0, 2, (30, 5))
NEW = np.random.default_rng(1).integers(0, 2, (7, 5))
SIGNS = 2 * SCHEMES - 1
REWARDS = {
    "main effects": SCHEMES @ [3.0, -1, 2, 0, 0.5] + 7,
    "an interaction": SIGNS[:, 0] * SIGNS[:, 1] + SCHEMES @ [0.1, 0, 0, 0, 0.3],
    "noise": np.random.default_rng(2).normal(size=30),
    "effects and noise": SIGNS[:, 2] + np.random.default_rng(3).normal(size=30),
}


def covariance(name, rows, columns):
    return KERNELS[name]((2 * rows - 1) @ (2 * columns - 1).T / 5)


def log_likelihood(targets, name, scale, noise):
    whole = scale * covariance(name, SCHEMES, SCHEMES) + noise * np.eye(30)
    return -0.5 * (np.linalg.slogdet(whole)[1] + targets @ np.linalg.solve(whole, targets))


def test_the_choice_is_the_likeliest_one():
    found = {}
    for what, rewards in REWARDS.items():
        targets = (rewards - rewards.mean()) / rewards.std()
        found[what] = max(product(KERNELS, SCALES, NOISES), key=lambda choice: log_likelihood(targets, *choice))
        assert GaussianProcess(SCHEMES, rewards).choice == found[what]
    assert len(set(found.values())) == 4
    assert found["main effects"][0] == "linear"
    assert found["an interaction"][0] == "pairwise"


@pytest.mark.parametrize("choice", [("linear", 4.0, 0.1), ("pairwise", 16.0, 1e-2), ("smooth", 1.0, 1.0)])
def test_mean_and_deviation_are_the_posteriors(choice):
    name, scale, noise = choice
    rewards = REWARDS["effects and noise"]
    whole = scale * covariance(name, SCHEMES, SCHEMES) + noise * np.eye(30)
    cross = scale * covariance(name, NEW, SCHEMES)
    variance = scale - np.einsum("ij,ji->i", cross, np.linalg.solve(whole, cross.T))
    model = GaussianProcess(SCHEMES, rewards, choice)
    mean, deviation = model.predict(NEW)
    shifted = (rewards - rewards.mean()) / rewards.std()
    expected = rewards.mean() + rewards.std() * (cross @ np.linalg.solve(whole, shifted))
    np.testing.assert_allclose(mean, expected, rtol=1e-5)
    np.testing.assert_allclose(deviation, rewards.std() * np.sqrt(variance), rtol=1e-4)
    np.testing.assert_array_equal(model.expect(NEW), mean)


def test_a_kernel_is_one_for_equal_schemes_and_least_for_complements():
    agreements = np.array([1.0, 0.0, -1.0])
    assert [kernel(agreements).round(4).tolist() for kernel in KERNELS.values()] == [
        [1, 0.5, 0],
        [1, 0.25, 0],
        [1, 0.0498, 0.0025],
    ]


def test_equal_rewards_are_expected_everywhere():
    mean, _ = GaussianProcess(SCHEMES, np.full(30, 0.7)).predict(NEW)
    np.testing.assert_allclose(mean, 0.7)


def test_the_latest_and_the_highest_represent_all():
    rewards = np.array([5.0, 1, 9, 9, 2, 8, 0, 3])
    assert representative(rewards, most=8).tolist() == list(range(8))
    assert representative(rewards, most=4).tolist() == [2, 3, 6, 7]
    assert representative(rewards, most=5).tolist() == [2, 3, 5, 6, 7]
    assert len(representative(np.zeros(700))) == 600
