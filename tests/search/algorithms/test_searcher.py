"""One table of all search algorithms through the same tests."""

import numpy as np
import pytest

from keras_ean.scheme import Scheme
from keras_ean.search import algorithms
from keras_ean.search.algorithms.options import own_options
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


OPTIONS = {
    "evolution": {"population": 16, "tournament": 5, "crossover": 0.5, "flips": 1.0},
    "greedy": {"direction": "forward"},
    "nsga2": {"population": 24, "crossover": 0.9, "flips": 1.0, "axes": ("objective", "sparsity")},
    "random": {},
    "reinforce": {
        "curiosity_weight": 0.1,
        "learning_rate": 0.05,
        "baseline": "leave_one_out",
        "baseline_decay": 0.95,
        "replay": 30,
        "replay_weight": 0.1,
        "replay_clip": 0.1,
        "entropy_weight": 0.01,
        "entropy_decay": 0.99,
        "normalise": True,
        "patience": 20,
        "restarts": 2,
        "start": None,
    },
    "screening": {"contenders": 0.5, "confidence": 0.99},
    "surrogate": {"warmup": 0, "optimism": 2.0, "starts": 4, "patience": 10, "most": 600},
}
"""What a search takes where nothing is said. A searcher that is missing here has no options."""


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


def test_options_that_are_left_out_are_those_that_searches_were_tried_with():
    assert OPTIONS.keys() <= SEARCHERS.keys()
    for name, searcher in SEARCHERS.items():
        made, options = searcher(STAGES), OPTIONS.get(name, {})
        assert {option: one.default for option, one in own_options(searcher).items()} == options
        assert (made.samples, made.stages, made.admits(Scheme.full(STAGES))) == (3, STAGES, True)


def test_a_batch_has_1_to_100_000_schemes():
    for samples in (1, 100_000):
        assert SEARCHERS["random"](STAGES, samples=samples).samples == samples
    for wrong in (0, -1, 100_001, 1.5, True):
        with pytest.raises(ValueError, match=f"^samples is a whole number .* from 1 to 100,000, not {wrong}"):
            SEARCHERS["random"](STAGES, samples=wrong)
