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
