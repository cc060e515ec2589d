"""One table of all search algorithms through the same tests."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import algorithms
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.state import pack, unpack

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


def test_proposes_schemes_of_the_stages(searcher_class):
    for batch in steps(searcher_class(STAGES, samples=4, seed=0), 5):
        assert all(isinstance(scheme, Scheme) and scheme.stages == STAGES for scheme in batch)
        assert all(scheme == Scheme(scheme.bits, STAGES) for scheme in batch)
        assert all(type(bit) is int for scheme in batch for bit in scheme.bits)


def test_the_seed_decides_everything(searcher_class):
    first, second = (steps(searcher_class(STAGES, seed=5), 30) for _ in range(2))
    assert first == second


def test_a_restored_state_goes_on_in_the_same_way(searcher_class):
    whole = searcher_class(STAGES, seed=0)
    expected = steps(whole, 24)
    begun = searcher_class(STAGES, seed=0)
    done = steps(begun, 12)
    resumed = searcher_class(STAGES, seed=0)
    resumed.history = dict(begun.history)
    resumed.restore(unpack(pack(begun.state())))
    assert done + steps(resumed, 24 - len(done)) == expected
    assert pack(resumed.state()) == pack(whole.state())


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


def test_samples_must_be_a_positive_number(searcher_class):
    with pytest.raises(ValueError, match="positive whole number"):
        searcher_class(STAGES, samples=0)
