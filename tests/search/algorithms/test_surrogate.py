"""The surrogate: when it fits anew, what it climbs, and when it has converged."""

import numpy as np
import pytest

from keras_ean.search.algorithms import surrogate
from keras_ean.search.algorithms.surrogate import Surrogate
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.gaussian_process import GaussianProcess

EFFECTS = np.array([1.0, -0.8, 0.5, 0.3, -0.3, 0.7])


def steps(searcher, count, reward=lambda bits: float(EFFECTS @ bits)):
    for _ in range(count):
        searcher.observe([Evaluation(scheme, reward(scheme.bits)) for scheme in searcher.propose()])
    return searcher


@pytest.fixture
def fits(monkeypatch):
    """How many schemes each search for a kernel was given."""
    found = []

    def counted(schemes, rewards, choice=None):
        if choice is None:
            found.append(len(schemes))
        return GaussianProcess(schemes, rewards, choice)

    monkeypatch.setattr(surrogate, "GaussianProcess", counted)
    return found


def test_kernel_and_noise_are_chosen_anew_when_a_fifth_more_is_known(fits):
    steps(Surrogate((3, 3), samples=1, seed=0), 41)
    assert fits == [12, 15, 18, 22, 27, 33, 40]


def test_the_latest_and_the_highest_enter(fits):
    steps(Surrogate((3, 3), samples=1, seed=0, warmup=4, most=5), 9)
    assert fits == [4, 5, 5, 5]


def test_warmup_is_half_the_blocks_or_twelve():
    assert [Surrogate((blocks,)).warmup for blocks in (4, 24, 26, 60)] == [12, 12, 13, 30]
    assert Surrogate((60,), warmup=5).warmup == 5


def test_a_scheme_and_its_complement_come_in_turn():
    searcher = Surrogate((3, 3), seed=0)
    drawn = [np.array(searcher.folded().bits) for _ in range(8)]
    np.testing.assert_array_equal(np.add(drawn[::2], drawn[1::2]), 1)
    assert len({one.tobytes() for one in drawn[::2]}) > 1


def test_a_climb_ends_at_the_best_unscored_neighbour_of_the_top():
    searcher = steps(Surrogate((3, 3), samples=4, seed=0, optimism=0.0), 5)
    scored = np.array([scheme.bits for scheme in searcher.history])
    rewards = np.array([one.reward for one in searcher.history.values()])
    model = GaussianProcess(scored, rewards)
    top = (EFFECTS > 0).astype(int)
    near = [top, *(top ^ np.eye(6, dtype=int))]
    unscored = [tuple(bits.tolist()) for bits in near if searcher.scheme(bits) not in searcher.history]
    expected = max(unscored, key=lambda bits: EFFECTS @ bits)
    assert {searcher.climb(model, scored[:4]).bits for _ in range(20)} == {expected}


def test_converges_after_idle_batches_where_there_is_little_noise():
    searcher = steps(Surrogate((3, 3), samples=3, seed=0, patience=2), 12)
    searcher.idle = 1
    assert searcher.converged is None
    searcher.idle = 2
    assert searcher.converged == "the regression has led to no unscored scheme in 2 batches"
    searcher.choice[2] = 0.1
    assert searcher.converged is None
    assert Surrogate((3, 3), patience=0).converged is None


def test_climbs_start_from_the_best_of_all():
    searcher, starts = steps(Surrogate((3, 3), samples=2, seed=0, starts=3), 7), []

    def climb(model, best):
        starts.append(best)
        return searcher.fresh(searcher.folded, 1)[0]

    searcher.climb = climb
    assert len(searcher.propose()) == 2
    highest = sorted(searcher.history.values(), key=lambda one: one.reward, reverse=True)[:3]
    np.testing.assert_array_equal(starts[0], [one.scheme.bits for one in highest])


def test_batches_without_an_unscored_scheme_are_counted_and_are_random():
    searcher = steps(Surrogate((3, 3), samples=2, seed=0), 7)
    searcher.climb = lambda *_: next(iter(searcher.history))
    for count in (1, 2, 3):
        assert len(set(searcher.propose()) - searcher.history.keys()) == 2
        assert searcher.idle == count
    [unscored, _] = searcher.fresh(searcher.folded, 2)
    searcher.climb = lambda *_: unscored
    assert searcher.propose() == [unscored]
    assert searcher.idle == 0
