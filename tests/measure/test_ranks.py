"""Rank statistics against SciPy's and what theory predicts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from keras_ean.measure.ranks import ceiling, half_agreement, kendall, regret, seed_agreement, spearman

PAIRS = st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=15).filter(
    lambda pairs: all(len(set(column)) > 1 for column in zip(*pairs, strict=True))
)


@settings(max_examples=50, deadline=None)
@given(PAIRS)
def test_rank_correlations_are_scipys_and_depend_on_ranks_alone(pairs):
    x, y = np.array(pairs, float).T
    assert kendall(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    for statistic in (kendall, spearman):
        assert statistic(x, y) == pytest.approx(statistic(y, np.exp(x)))
        assert statistic(-x, y) == pytest.approx(-statistic(x, y))


def test_floors_and_ceiling_are_what_they_predict():
    random = np.random.default_rng(0)
    true = random.normal(size=400)
    accuracy = true[:, None] + 1.5 * random.normal(size=(400, 4))
    assert ceiling(accuracy) == pytest.approx(kendall(true, accuracy.mean(axis=1)), abs=0.04)
    assert seed_agreement(accuracy) == pytest.approx(2 / np.pi * np.arcsin(1 / (1 + 1.5**2)), abs=0.04)
    assert seed_agreement(accuracy) < half_agreement(accuracy) < ceiling(accuracy)
    many = true[:, None] + 1.5 * random.normal(size=(400, 14))
    assert half_agreement(many) == pytest.approx(2 / np.pi * np.arcsin(1 / (1 + 1.5**2 / 7)), abs=0.04)
    assert ceiling(random.normal(size=(4, 2)) * 0 + [1.0, 2.0]) == 0
    with pytest.raises(ValueError, match="two seeds or more"):
        seed_agreement(accuracy[:, :1])


def test_regret_is_not_inflated_by_the_luck_of_the_best():
    accuracy = np.array([[1.0, 1.0], [3.0, 3.0], [2.0, 2.0]])
    assert regret([3, 2, 1], accuracy, k=1) == 2
    assert regret([3, 2, 1], accuracy, k=2) == 0
    assert regret([1, 2, 3], accuracy[:, 0], k=1) == 1
    random = np.random.default_rng(0)
    noise = [regret(random.normal(size=20), random.normal(size=(20, 2))) for _ in range(400)]
    assert np.mean(noise) == pytest.approx(0, abs=0.15)
