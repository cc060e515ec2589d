"""The reward in the user's units, its limits, and its parts."""

import math
import re

import pytest

from keras_ean.scheme import Scheme
from keras_ean.search import Cost, ReinforceOracle, Reward, get
from keras_ean.search.reward import BlockPrices

STAGES = (2, 2)


def test_one_point_of_accuracy_for_ten_percent_of_the_connections():
    reward = Reward(sparsity_weight=0.1)
    stages = (10,)
    sparse = reward.parts(Scheme("0111111111", stages), {"accuracy": 0.90}, "accuracy", "max")
    dense = reward.parts(Scheme("1111111111", stages), {"accuracy": 0.91}, "accuracy", "max")
    assert sparse["reward"] == pytest.approx(dense["reward"])


def test_costs_take_away_what_they_weigh_and_are_logged_unweighted():
    reward = Reward(0, costs=(Cost("ms", lambda scheme: 3.0 * sum(scheme.bits), weight=0.01),))
    parts = reward.parts(Scheme("11 00"), {"accuracy": 0.5}, "accuracy", "max")
    assert parts == {"objective": 0.5, "sparsity": 0.5, "ms": 6.0, "reward": pytest.approx(0.44)}


def test_a_limit_over_the_network_without_attention():
    ms = Cost("ms", lambda scheme: 20.0 + 0.5 * sum(scheme.bits), limit="+5 %")
    assert [ms.admits(Scheme(scheme)) for scheme in ("00 00", "10 10", "11 10")] == [True, True, False]
    assert (ms.most(STAGES), Cost("ms", ms.function).most(STAGES)) == (pytest.approx(21.0), math.inf)
    assert Reward(costs=(ms,)).settings()["costs"] == {"ms": [0.0, "+5 %"]}


@pytest.mark.parametrize("limit", ["5 %", "+5", "-5 %", "+five %", ""])
def test_a_limit_that_cannot_be_read(limit):
    with pytest.raises(ValueError, match=re.escape(f"'+5 %' over the network without attention, not {limit!r}")):
        Cost("ms", len, limit=limit)


def test_an_objective_to_minimise_counts_against_the_reward():
    parts = Reward(0.1).parts(Scheme("10 00"), {"loss": 2.0}, "loss", "min")
    assert parts["reward"] == pytest.approx(-2.0 + 0.075)
    assert parts["objective"] == 2.0


def test_own_function_replaces_the_sum():
    reward = Reward(function=lambda scheme, metrics: metrics["accuracy"] ** 2 - sum(scheme.bits))
    assert reward.parts(Scheme("10 00"), {"accuracy": 0.5}, "accuracy", "max")["reward"] == -0.75


@pytest.mark.parametrize("name", ["reinforce", "random", "evolution", "surrogate", "nsga2", "spaced", "greedy"])
def test_hard_limits_are_never_exceeded(name):
    limit = Cost("ms", lambda scheme: 2.0 * scheme.bits[0] + sum(scheme.bits), limit=3.0)
    oracle = get(name, STAGES, seed=0, max_steps=40, reward=Reward(costs=(limit,), max_connections=2))
    schemes = []
    while (trial := oracle.create_trial("a")).status == "RUNNING":
        bits = [int(trial.hyperparameters.values[f"block_{block}"]) for block in range(4)]
        schemes.append(Scheme(bits, STAGES))
        oracle.update_trial(trial.trial_id, {"accuracy": 0.25 * sum(bits)})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    assert schemes
    assert all(limit.function(scheme) <= 3 and sum(scheme.bits) <= 2 for scheme in schemes)


def test_limits_that_leave_nothing_are_refused():
    with pytest.raises(ValueError, match="No scheme keeps the limits"):
        ReinforceOracle(STAGES, reward=Reward(costs=(Cost("ms", lambda scheme: 5.0, limit=1.0),)))
    with pytest.raises(ValueError, match="max_connections"):
        Reward(max_connections=-1)


def test_a_limit_may_be_reached_but_not_exceeded():
    schemes = [Scheme("10 00"), Scheme("11 00"), Scheme("11 10")]
    priced = Cost("connections", lambda scheme: sum(scheme.bits), limit=2)
    for reward in (Reward(max_connections=2), Reward(costs=(priced, Cost("free", len)))):
        assert [reward.admits(scheme) for scheme in schemes] == [True, True, False]
    assert all(Reward().admits(scheme) for scheme in schemes)
    assert not Reward(max_connections=0).admits(schemes[0])
    assert Cost("free", len).admits(schemes[2])


def test_prices_that_were_measured_go_on():
    first = Cost("ms", BlockPrices(2.0, (0.5, 0.25, 0.25)), weight=0.1, limit=3.0)
    other = Cost("connections", lambda scheme: sum(scheme.bits))
    prices = Reward(costs=(first, other)).prices()
    assert prices == {"ms": [2.0, 0.5, 0.25, 0.25]}
    measured_anew = Reward(0.3, costs=(Cost("ms", BlockPrices(9.0, (9, 9, 9)), weight=0.1, limit=3.0), other))
    assert measured_anew.at(prices) == Reward(0.3, costs=(first, other))
    assert measured_anew.at({}) == measured_anew


def test_settings_are_all_that_rewards_depend_on():
    reward = Reward(0.3, costs=(Cost("ms", len, weight=0.1, limit=3.0),), max_connections=2, function=min)
    assert reward.settings() == {
        "sparsity_weight": 0.3,
        "costs": {"ms": [0.1, 3.0]},
        "max_connections": 2,
        "reward_function": "min",
    }
    assert Reward().settings() == {
        "sparsity_weight": 0.02,
        "costs": {},
        "max_connections": None,
        "reward_function": None,
    }
