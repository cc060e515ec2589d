"""REINFORCE: convergence, its certainty, and baselines."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search.algorithms.reinforce import Reinforce
from keras_ean.search.evaluation import Evaluation


def search(searcher, reward, limit=2000):
    for _ in range(limit):
        if searcher.converged:
            break
        searcher.observe([Evaluation(one, reward(one.bits)) for one in searcher.propose()])
    return searcher


def test_stops_by_itself_and_says_how_sure_it_is():
    searcher = search(Reinforce((4, 4), seed=0), lambda bits: sum(bits[:4]) - sum(bits[4:]))
    assert searcher.converged == "3 of 3 policies converged to 1111 0000"
    assert searcher.controller.entropy() < 1


def test_paper_settings_learn_too():
    searcher = Reinforce((4, 4), seed=0, baseline="moving", curiosity_weight=1.0, entropy_weight=0, restarts=0)
    search(searcher, lambda bits: sum(bits[:4]) - sum(bits[4:]))
    assert searcher.best().scheme == Scheme("1111 0000")


def test_leave_one_out_advantages():
    searcher = Reinforce((2, 2), baseline="leave_one_out")
    rewards = np.array([1.0, 2.0, 6.0])
    expected = [1 - (2 + 6) / 2, 2 - (1 + 6) / 2, 6 - (1 + 2) / 2]
    np.testing.assert_allclose(searcher._advantages(rewards), expected)


def test_moving_baseline_is_the_papers():
    searcher = Reinforce((2, 2), baseline="moving", baseline_decay=0.95)
    np.testing.assert_allclose(searcher._advantages(np.array([1.0, 3.0])), [-1, 1])
    np.testing.assert_allclose(searcher._advantages(np.array([4.0, 6.0])), np.array([4, 6]) - (0.95 * 2 + 0.05 * 5))


def test_rewards_in_any_unit_give_the_same_search():
    small, large = (
        search(Reinforce((3, 3), seed=0), lambda bits, unit=unit: unit * (bits[0] - bits[5])) for unit in (1e-3, 1e3)
    )
    np.testing.assert_allclose(small.probabilities(), large.probabilities(), rtol=1e-6)


def test_replay_keeps_the_last_batches():
    searcher = search(Reinforce((3, 3), seed=0, replay=4), sum, limit=10)
    assert len(searcher.buffer) == 4
    assert not search(Reinforce((3, 3), seed=0, replay=0), sum, limit=10).buffer


def test_unknown_baselines_are_refused():
    with pytest.raises(ValueError, match="Did you mean 'moving'"):
        Reinforce((2, 2), baseline="movin")


def test_a_single_sample_is_compared_with_the_moving_average():
    searcher = search(Reinforce((3, 3), samples=1, seed=0), lambda bits: bits[0] - bits[5])
    assert searcher.best().reward == 1


def test_the_first_policy_may_start_from_estimates_of_the_blocks():
    start = (0.0, 0.3, 0.5, 1.0)
    searcher = Reinforce((2, 2), seed=0, start=start)
    np.testing.assert_allclose(searcher.probabilities(), [0.05, 0.3, 0.5, 0.95])
    searcher.idle = searcher.patience
    searcher.propose()
    assert np.abs(searcher.probabilities() - 0.5).max() < 0.2  # The next policies are independent of it.
    with pytest.raises(ValueError, match="for each of 4 blocks, not"):
        Reinforce((2, 2), start=(0.5, 1.5, 0.5, 0.5))


def test_the_entropy_counts_for_less_with_each_step_of_a_policy():
    searcher, weights = Reinforce((2, 2), seed=0, entropy_weight=0.5, entropy_decay=0.9), []
    searcher.controller.update = lambda actions, advantages, replay, weight: weights.append(weight)
    search(searcher, sum, limit=3)
    np.testing.assert_allclose(weights, [0.5, 0.45, 0.405])
    searcher.idle = searcher.patience
    searcher.propose()
    searcher.controller.update = lambda actions, advantages, replay, weight: weights.append(weight)
    search(searcher, sum, limit=1)
    assert weights[-1] == 0.5


@pytest.mark.parametrize("option", ["learning_rate", "replay", "restarts", "patience"])
def test_numbers_below_nothing_are_refused(option):
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"^{option} is 0 or more, not {wrong}"):
            Reinforce((2, 2), **{option: wrong})
    Reinforce((2, 2), **{option: 0})
