import json
from dataclasses import replace

import numpy as np
import pytest

from keras_ean.measure.paired import PairedScores
from keras_ean.run.advice import FOLDING
from keras_ean.run.headline import NOT_THERE
from keras_ean.run.verdict import Costs, decide

COSTS = {
    "plain": Costs("no attention", "000", 0, 1000),
    "found": Costs("the found scheme", "010", 1, 1010),
    "shared": Costs("attention everywhere, shared", "111", 3, 1020),
    "random": Costs("a random scheme", "100", 1, 1015),
}


def scores(seeds=3, images=2000, noise=0.02, spread=0.0, random_seed=0, **accuracies):
    """Answers with these accuracies: on most images networks agree, and each has noise of its own."""
    random = np.random.default_rng(random_seed)
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


def test_a_network_is_the_best_measured_only_if_no_other_one_did_better():
    found = verdict(plain=0.6, found=0.6, shared=0.7, random=0.605)
    assert found.recommended == "shared"
    assert ": the best one measured, and no cheaper one" in found.recommendation()
    lucky = replace(found, accuracy={**found.accuracy, "random": 0.71})
    assert ": the best but for the random one, and no cheaper one" in lucky.recommendation()


def test_a_random_scheme_that_did_better_is_named_as_a_yardstick_that_is_not_chosen():
    found = verdict(plain=0.6, found=0.6, shared=0.605, random=0.601, images=200)
    assert "random" not in found.sentence()
    lucky = replace(found, accuracy={**found.accuracy, "random": 0.71})
    assert lucky.sentence().endswith(" A random scheme, a yardstick that is not to be chosen, did better than both.")
    chosen = verdict(plain=0.9, found=0.5, shared=0.5, random=0.8)
    assert (chosen.pays, chosen.over_random.high < 0) == ("no", True)
    assert "yardstick" not in chosen.sentence()


@pytest.mark.parametrize(
    "pays", [{"found": 0.9, "shared": 0.9}, {"found": 0.5, "shared": 0.4}, {"found": 0.605, "shared": 0.6}]
)
def test_the_first_sentence_says_that_trainings_had_not_reached_their_plateau(pays):
    found = verdict(plain=0.6, images=200, **pays)
    assert (found.doubt, "plateau" in found.sentence()) == ("", False)
    short = replace(found, cautions=("Too short a training to tell.",))
    assert short.doubt == "perhaps not at the plateau"
    rising = replace(found, cautions=(*short.cautions, f"{NOT_THERE}: the supernet still rose."))
    assert rising.doubt == "not at the plateau"
    assert ", in networks that are not at the plateau: " in rising.sentence()


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
    assert "What would decide it: about " in str(found).splitlines()[-1]
    assert "What would decide it" not in str(verdict(plain=0.6, found=0.9, shared=0.9))


def test_one_training_of_each_network_decides_nothing():
    found = verdict(plain=0.6, found=0.9, shared=0.9, seeds=1)
    assert found.pays == "undecided"
    assert "--seeds 3" in str(found)


def test_a_folded_network_is_recommended_before_the_one_that_it_comes_from():
    costs = {**COSTS, "found_folded": Costs("the found scheme, folded", "010", 0, 1005)}
    measured = scores(plain=0.6, found=0.9, shared=0.9, found_folded=0.9, images=200_000)
    found = decide(measured, {name: costs[name] for name in measured.scores})
    assert (found.pays, found.recommended) == ("yes", "found_folded")
    assert "Recommended: the found scheme, folded" in str(found)
    assert FOLDING not in str(found)
    # Where none was folded, it is said how to; but first whether attention pays is decided.
    assert FOLDING in str(verdict(plain=0.6, found=0.9, shared=0.9))
    assert FOLDING not in str(verdict(plain=0.9, found=0.9, shared=0.9))


def test_the_cheapest_network_within_the_tolerance_is_recommended():
    found = verdict(plain=0.8, found=0.9, shared=0.9005, images=200_000, tolerance=0.01)
    assert (found.best, found.recommended) == ("shared", "found")
    assert "at most" in found.recommendation()
    assert verdict(plain=0.8, found=0.9, shared=0.92, images=200_000, tolerance=0.01).recommended == "shared"


def test_found_equal_to_random_is_not_told_as_a_success():
    found = verdict(plain=0.6, found=0.9, shared=0.9, random=0.9)
    assert found.over_random.low < 0 < found.over_random.high
    assert "That the search has found better places than chance is not shown." in str(found)
    assert "The search has found better places than chance." in str(
        verdict(plain=0.6, found=0.9, shared=0.9, random=0.8)
    )


def test_a_random_scheme_is_recommended_only_where_it_is_surely_better_than_the_found_one():
    # By the tolerance alone it would be: it is the best measured, but only by chance.
    by_chance = verdict(plain=0.6, found=0.9, shared=0.8, random=0.902, images=3000)
    assert by_chance.accuracy["random"] > by_chance.accuracy["found"]
    assert (by_chance.best, by_chance.recommended) == ("found", "found")
    better = verdict(plain=0.6, found=0.8, shared=0.8, random=0.95)
    assert (better.best, better.recommended) == ("random", "random")
    assert "Chance has found better places than the search." in str(better)


def test_of_equally_many_modules_the_chosen_places_come_first_whatever_their_parameters():
    same = {name: replace(costs, live=2, parameters=1000 - place) for place, (name, costs) in enumerate(COSTS.items())}
    alike = scores(plain=0.9, random=0.9, shared=0.9, found=0.9, noise=0.0)
    assert decide(alike, same).recommended == "plain"
    measured = scores(plain=0.5, random=0.9, shared=0.9, found=0.9, noise=0.0)
    assert decide(measured, same).recommended == "found"
    assert decide(measured, {**same, "shared": replace(same["shared"], live=1)}).recommended == "shared"


def test_no_attention_as_the_answer_is_said_in_plain_words():
    found = verdict(plain=0.9, found=0.8, shared=0.7)
    assert "That no attention is needed is a result, not a failure: leave it out." in found.recommendation()
    little = verdict(plain=0.9, found=0.903, shared=0.903, images=100_000, noise=0.0)
    assert (little.pays, little.recommended) == ("yes", "plain")
    assert "What attention gains is less than is worth paying for" in little.recommendation()
    pays = verdict(plain=0.6, found=0.9, shared=0.9)
    assert pays.recommendation().endswith("Its scheme is 010.")


def test_how_many_gates_of_the_recommended_network_are_folded_is_said():
    measured = scores(plain=0.6, found=0.8, shared=0.9, shared_folded=0.9, noise=0.0)
    for scheme, live, said in (
        ("010", 0, "010, whose gate is folded."),
        ("111", 0, "111, whose 3 gates are all folded."),
        ("111", 1, "111, of whose 3 gates 2 are folded."),
        ("111", 2, "111, of whose 3 gates 1 is folded."),
    ):
        costs = {**COSTS, "shared_folded": replace(COSTS["shared"], scheme=scheme, live=live)}
        found = decide(measured, {name: costs[name] for name in measured.scores})
        assert found.recommended == "shared_folded"
        assert found.recommendation().endswith(said)


def test_the_headline_says_which_attention_it_is_of():
    found = verdict(plain=0.6, found=0.59, shared=0.605, images=200)
    assert found.sentence() == (
        f"Undecided: where it was found it gains {found.unit.difference(found.gain)} over no attention, everywhere "
        f"{found.unit.difference(found.everywhere)}."
    )
    assert f"Everywhere against no attention: {found.unit.difference(found.everywhere)}." in str(found)
    none = verdict(plain=0.9, found=0.85, shared=0.7)
    assert none.sentence().startswith(
        f"Attention does not pay: where it was found it gains {none.unit.difference(none.gain)}"
    )
    assert none.sentence().endswith(", surely less than the 0.5 points that would be worth it.")


def test_no_attention_is_no_result_until_it_is_decided():
    found = verdict(plain=0.6, found=0.59, shared=0.59, images=200)
    assert (found.pays, found.recommended) == ("undecided", "plain")
    assert "Until it is decided, leave attention out" in found.recommendation()


def test_an_undecided_answer_that_recommends_attention_does_not_say_that_it_pays():
    found = verdict(plain=0.6, found=0.61, shared=0.59, images=200)
    assert (found.pays, found.recommended) == ("undecided", "found")
    assert found.recommendation().endswith("It is the best guess, which does not show that attention pays.")


def test_a_search_that_found_no_attention_is_not_compared_with_itself():
    measured = scores(plain=0.9, found=0.9, shared=0.7, random=0.9, noise=0.0)
    empty = {name: replace(COSTS[name], scheme="000", live=0) for name in ("plain", "found", "random")}
    found = decide(measured, {**COSTS, **empty})
    assert found.recommended == "plain"
    same, everywhere = found.comparisons()
    assert same == "The search found no attention to be best: the found network is the one without."
    assert everywhere.startswith("Everywhere against no attention: -20.")
    assert "the search found no place for it, and everywhere it gains -20." in found.sentence()
    left = "the limits of the search (latency +5 %) left 1 of 8 schemes, that without attention"
    limited = replace(found, limits=left)
    assert limited.sentence() == found.sentence().replace("the search found", f"{left}; the search found")
    assert limited.comparisons() == [f"T{left[1:]}.", same, everywhere]


def test_what_the_intervals_hold_is_said():
    assert "other orders of training and other test images. Another supernet may give" in str(
        verdict(plain=0.6, found=0.9, shared=0.9)
    )
    one = verdict(plain=0.6, found=0.9, shared=0.9, seeds=1)
    assert "under other test images." in str(one)
    assert "chosen by these test images, which makes its figures on them a little optimistic." in one.scope()


def test_accuracies_have_intervals_that_stay_within_0_and_1():
    found = verdict(plain=0.99, found=1.0, shared=1.0, images=40, noise=0.0)
    low, high = found.intervals["found"]
    assert 0.9 < low < high == 1
    assert f"100.0 % ({100 * low:.1f} to 100.0)" in found.recommendation()
    assert max(found.gain.high, found.everywhere.high) < 0.2


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
