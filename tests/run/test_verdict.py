import json

import numpy as np
import pytest

from keras_ean.measure.paired import PairedScores
from keras_ean.run.verdict import Costs, decide

COSTS = {
    "plain": Costs("no attention", "000", 0, 1000),
    "found": Costs("the found scheme", "010", 1, 1010),
    "shared": Costs("attention everywhere, shared", "111", 3, 1020),
    "random": Costs("a random scheme", "100", 1, 1015),
}


def scores(seeds=3, images=2000, noise=0.02, spread=0.0, **accuracies):
    """Answers with these accuracies: on most images networks agree, and each has noise of its own."""
    random = np.random.default_rng(0)
    difficulty = random.random(images)
    found = {}
    for name, accuracy in accuracies.items():
        own = accuracy + random.normal(0, spread, size=(seeds, 1)) + random.normal(0, noise, size=(seeds, images))
        found[name] = difficulty < own
    return PairedScores(found)


def verdict(tolerance=0.005, **options):
    measured = scores(**options)
    return decide(measured, {name: COSTS[name] for name in measured.scores}, tolerance)


def test_attention_pays_where_the_found_network_is_surely_better_than_none():
    found = verdict(plain=0.6, found=0.9, shared=0.905, random=0.7)
    assert found.pays == "yes"
    assert found.gain.low > 0.25
    assert found.over_random.low > 0.15
    assert found.recommended in ("found", "shared")
    assert str(found).startswith("Attention pays: where it was found it gains +3")


def test_attention_that_pays_only_everywhere_is_said_to():
    found = verdict(plain=0.6, found=0.6, shared=0.9)
    assert found.pays == "yes"
    assert found.recommended == "shared"
    assert "everywhere, though not where it was found" in found.sentence()


def test_attention_that_surely_gains_less_than_the_tolerance_does_not_pay_and_none_is_recommended():
    found = verdict(plain=0.9, found=0.9, shared=0.9, images=200_000)
    assert found.pays == "no"
    assert found.recommended == "plain"
    assert str(found).startswith("Attention does not pay")


def test_attention_that_harms_does_not_pay():
    found = verdict(plain=0.9, found=0.8, shared=0.7)
    assert (found.pays, found.recommended, found.best) == ("no", "plain", "plain")


def test_a_gain_within_the_noise_is_undecided_and_what_would_decide_it_is_said():
    found = verdict(plain=0.86, found=0.866, shared=0.865, images=300, noise=0.1)
    assert found.pays == "undecided"
    assert "more test images" in str(found)
    more = int(str(found).split("about ")[-1].split(" more test images")[0].replace(",", ""))
    assert found.gain.half_width(3, 300 + more) == pytest.approx(max(0.005, abs(found.gain.value) / 2), rel=0.1)


def test_noise_of_seeds_is_decided_by_more_seeds():
    found = verdict(plain=0.86, found=0.88, shared=0.87, images=100_000, spread=0.02)
    assert found.pays == "undecided"
    seeds = int(str(found).split("--seeds ")[1].split(")")[0])
    assert found.gain.half_width(seeds, 100_000) <= max(0.005, abs(found.gain.value) / 2)
    assert found.gain.half_width(seeds - 1, 100_000) > max(0.005, abs(found.gain.value) / 2)
    assert "test images" not in found.advice()[0]


def test_one_training_of_each_network_decides_nothing():
    found = verdict(plain=0.6, found=0.9, shared=0.9, seeds=1)
    assert found.pays == "undecided"
    assert "--seeds 3" in str(found)


def test_the_cheapest_network_within_the_tolerance_is_recommended():
    found = verdict(plain=0.8, found=0.9, shared=0.9005, images=200_000, tolerance=0.01)
    assert (found.best, found.recommended) == ("shared", "found")
    assert "at most" in found.recommendation()
    assert verdict(plain=0.8, found=0.9, shared=0.92, images=200_000, tolerance=0.01).recommended == "shared"


def test_found_equal_to_random_is_not_told_as_a_success():
    found = verdict(plain=0.6, found=0.9, shared=0.9, random=0.9)
    assert found.over_random.low < 0 < found.over_random.high


def test_facts_are_json_with_the_sentences_in_them():
    found = verdict(plain=0.6, found=0.9, shared=0.905, random=0.7)
    facts = json.loads(json.dumps(found.facts()))
    assert (facts["pays"], facts["recommended"]) == (found.pays, found.recommended)
    assert facts["gain"]["low"] == pytest.approx(found.gain.low)
    assert facts["sentence"] == str(found)


@pytest.mark.parametrize(
    ("names", "tolerance", "message"),
    [
        (("plain", "found"), 0.0, "shared is missing"),
        (("plain", "found", "shared"), -1.0, "tolerance"),
        (("plain", "found", "shared"), float("nan"), "tolerance"),
    ],
)
def test_what_cannot_be_judged_is_refused(names, tolerance, message):
    with pytest.raises(ValueError, match=message):
        verdict(tolerance=tolerance, **dict.fromkeys(names, 0.5))


def test_costs_are_those_of_the_scored_networks():
    with pytest.raises(ValueError, match="costs of"):
        decide(scores(plain=0.5, found=0.5, shared=0.5), COSTS)
