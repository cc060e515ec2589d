"""Fronts, by hand and against their definition."""

import numpy as np

from keras_ean.search.pareto import front, ranks


def test_the_front_by_hand_cheapest_first_and_of_equals_the_first():
    accuracy, ms = np.array([0.9, 0.8, 0.7, 0.8, 0.9, 0.6]), np.array([3.0, 1.0, 2.0, 1.0, 4.0, 0.5])
    assert front(np.column_stack([accuracy, -ms])) == [5, 1, 0]
    assert front(np.zeros((0, 2))) == []


def test_nothing_beats_the_front_and_something_beats_all_else():
    values = np.random.default_rng(0).integers(0, 6, (60, 3))

    def beaten(row):
        return any(np.all(other >= row) and np.any(other > row) for other in values)

    level = ranks(values)
    assert [bool(rank) for rank in level] == [beaten(row) for row in values]
    kept = {tuple(values[row]) for row in front(values)}
    assert kept == {tuple(row) for row in values if not beaten(row)}
    assert len(front(values)) == len(kept)
