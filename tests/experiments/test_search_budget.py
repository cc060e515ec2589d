"""How many schemes a search must score: the replays, on a landscape of 16 schemes without noise."""

import sys

import numpy as np
import pytest

from keras_ean import Scheme

from .test_experiments import HERE


@pytest.fixture
def budget(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import search_budget

    yield search_budget
    for name in ("search_budget", "replays"):
        sys.modules.pop(name, None)


def test_with_every_scheme_scored_nothing_is_lacked(budget):
    truth = np.array([0.5 + 0.1 * one.bits[0] - 0.05 * one.bits[3] for one in Scheme.every((2, 2))])
    landscape = budget.Landscape((2, 2), truth, truth)
    assert landscape.worth(Scheme("10 00")) == pytest.approx(60 + 100 * 0.005 * 0.75)
    scored = budget.search(landscape, "random", seed=0)
    assert len(scored) == len({one.scheme for one in scored}) == 16
    assert budget.named(scored) == Scheme("10 00")
    found = budget.regrets([landscape], repetitions=1)
    means, _ = found["lacked"]["random"]
    assert means[budget.BUDGETS.index(18) :] == pytest.approx([0] * 5, abs=1e-9)
    assert found["facts"]["named of all"] == pytest.approx(found["facts"]["highest"])
    assert "| random | " in budget.markdown({"exact": found})
