"""One table of all search algorithms through the same tests."""

import numpy as np
import pytest

from keras_ean.search import algorithms
from keras_ean.search.evaluation import Evaluation
from keras_ean.testing import check_searcher

SEARCHERS = {name: algorithms.lookup(name) for name in algorithms.available()}
STAGES = (3, 4, 3)
WEIGHTS = np.random.default_rng(3).normal(size=10)


def reward(scheme):
    return float(WEIGHTS @ scheme.bits)


def scored(scheme):
    return Evaluation(scheme, reward(scheme), {"objective": reward(scheme), "sparsity": 1 - scheme.density})


def steps(searcher, count):
    log = []
    for _ in range(count):
        if searcher.converged or not (batch := searcher.propose()):
            break
        searcher.observe([scored(scheme) for scheme in batch])
        log.append(batch)
    return log


@pytest.fixture(params=SEARCHERS)
def searcher_class(request):
    return SEARCHERS[request.param]


@pytest.mark.parametrize("name", SEARCHERS)
def test_keeps_the_contract(name):
    check_searcher(name)


def test_knows_its_best(searcher_class):
    searcher = searcher_class(STAGES, samples=5, seed=0)
    assert searcher.best() is None
    batches = steps(searcher, 6)
    assert searcher.best().reward == max(reward(scheme) for batch in batches for scheme in batch)


@pytest.mark.parametrize("name", ["reinforce", "evolution", "greedy", "screening", "surrogate"])
def test_finds_the_optimum_of_main_effects(name):
    searcher = SEARCHERS[name](STAGES, samples=3, seed=0)
    steps(searcher, 150)
    assert searcher.best().scheme.bits == tuple(int(weight > 0) for weight in WEIGHTS)
