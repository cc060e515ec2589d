"""Curiosity: one bonus per scheme, falling for what was seen."""

import numpy as np
import pytest

from keras_ean.search.algorithms.curiosity import Curiosity


def test_gradient_is_the_losss():
    curiosity, schemes = Curiosity(4, seed=0, width=5), np.random.default_rng(0).integers(0, 2, (6, 4))
    gradient, theta = curiosity.gradient(schemes), curiosity.theta.copy()
    unit = curiosity.unit
    for index in range(0, len(theta), 7):
        values = []
        for sign in (1, -1):
            curiosity.theta = theta + sign * 1e-6 * (np.arange(len(theta)) == index)
            values.append(curiosity.bonus(schemes).mean() * unit)
        assert gradient[index] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-8)


def test_the_bonus_is_the_distance_from_the_fixed_network():
    curiosity, x = Curiosity(4, seed=0, width=5), np.random.default_rng(0).integers(0, 2, (6, 4)).astype(float)
    assert [layer.shape for layer in curiosity.fixed] == [(5, 4), (5,), (5, 5), (5,), (16, 5), (16,)]

    def network(layers):
        y = x
        for kernel, bias in zip(layers[:-2:2], layers[1:-2:2], strict=True):
            y = np.maximum(y @ kernel.T + bias, 0)
        return y @ layers[-2].T + layers[-1]

    split = np.split(curiosity.theta, np.cumsum([20, 5, 80]))
    learned = [part.reshape(shape) for part, shape in zip(split, [(5, 4), (5,), (16, 5), (16,)], strict=True)]
    distance = ((network(curiosity.fixed) - network(learned)) ** 2).mean(axis=1)
    np.testing.assert_allclose(curiosity.bonus(x) * curiosity.unit, distance)
    for layer, fan_in in zip(curiosity.fixed, (4, 4, 5, 5, 5, 5), strict=True):
        assert 0.5 / np.sqrt(fan_in) < np.abs(layer).max() <= 1 / np.sqrt(fan_in)


def test_each_scheme_has_its_own_bonus_and_seen_ones_earn_less():
    curiosity, random = Curiosity(16, seed=0), np.random.default_rng(0)
    seen, unseen = random.integers(0, 2, (8, 16)), random.integers(0, 2, (8, 16))
    before = curiosity.bonus(np.concatenate([seen, unseen]))
    assert len(set(before)) == 16
    assert before.mean() == pytest.approx(1, abs=0.3)
    for _ in range(200):
        curiosity.learn(seen)
    assert curiosity.bonus(seen).max() < 0.5 * curiosity.bonus(unseen).min()


def test_the_fixed_network_stays_fixed():
    curiosity = Curiosity(4, seed=0)
    before = [layer.copy() for layer in curiosity.fixed]
    curiosity.learn(np.ones((1, 4)))
    for layer, kept in zip(curiosity.fixed, before, strict=True):
        np.testing.assert_array_equal(layer, kept)
