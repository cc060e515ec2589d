"""Searches where one block is right: replays on a table of eight schemes, of which four are right."""

import sys

import numpy as np
import pytest

from tests.bench.test_table import table

from .test_experiments import HERE


@pytest.fixture
def placement(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import placement

    yield placement
    for name in ("placement", "replays"):
        sys.modules.pop(name, None)


@pytest.fixture
def one_block():
    """Schemes with the last block have 90 % in each training, and the others 60 %, but for a spread between seeds."""
    truth = table(seeds=4)
    accuracy = np.where(truth.bits[:, -1:] == 1, 0.9, 0.6) + np.array([0.0, 0.001, 0.002, 0.003])
    truth.accuracy[:] = accuracy
    return truth


def test_a_search_that_has_scored_all_names_a_right_scheme_and_one_of_three_trainings_may_not(placement, one_block):
    for name in ("random, best seen", "surrogate"):
        found = [placement.worth(one_block, name, repetition) for repetition in range(6)]
        assert np.shape(found) == (6, len(placement.BUDGETS))
        assert np.min(found, axis=0)[-1] > 89.9
        assert np.max(found) < 90.31


def test_what_needs_no_search(placement, one_block):
    found = placement.without_search(one_block)
    none, everywhere, random, best, cheapest = found.values()
    assert none == pytest.approx(60.15)
    assert (everywhere, best, cheapest) == pytest.approx((90.15,) * 3, abs=0.01)
    assert random == pytest.approx(100 * one_block.accuracy.mean())
    one_block.accuracy[one_block.row("00 1"), :] -= 0.004  # The cheapest right scheme, within the tolerance.
    assert list(placement.without_search(one_block).values())[-1] == pytest.approx(89.75, abs=0.01)
    one_block.accuracy[one_block.row("00 1"), :] -= 0.004
    assert list(placement.without_search(one_block).values())[-1] == pytest.approx(90.15, abs=0.01)
