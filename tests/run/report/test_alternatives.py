"""What figures show is told with its numbers."""

from itertools import product

import numpy as np

from keras_ean import Scheme
from keras_ean.measure.agreement import agreement
from keras_ean.measure.effects import effects
from keras_ean.place_names import PlaceNames
from keras_ean.run.front import Point, Scored
from keras_ean.run.report import alternatives, rows
from keras_ean.run.unit import ACCURACY, LOSS, Unit
from tests.run.report.test_figures import TRAININGS, judged


def test_of_the_comparison():
    text = alternatives.comparison(rows(TRAININGS), judged())
    low, high = (100 * end for end in judged().intervals["found"])
    assert "no attention 50.0 % (" in text
    assert f"found 60.0 % ({low:.1f} to {high:.1f}), +20.00 % of parameters and +0 % of time" in text


def test_of_a_network_block_by_block():
    assert alternatives.scheme("found network", Scheme("010 101"), "se", True, [3]) == (
        "Found network: a chain of 6 residual blocks in stages of 3, 3; connected to se, one module to a stage, are "
        "blocks 1, 3 and 5; folded is block 3."
    )
    assert alternatives.scheme("found", Scheme("00"), "se", True, []).endswith("none of them connected to attention.")
    assert alternatives.scheme("found network", Scheme("0110 01"), "eca+se", True, [5]) == (
        "Found network: a chain of 3 residual blocks in stages of 2, 1; connected to eca+se, one of each to a stage, "
        "are block 0, SE; block 1, ECA and block 2, SE; folded is block 2, SE."
    )


def test_of_the_front_and_of_the_scores():
    points = [Point(Scheme("10"), 0.8, None, 2.0, 10), Point(Scheme("11"), 0.9, None, 3.0, 12)]
    text = alternatives.front(Scored(points, 100, ACCURACY))
    assert "2 schemes, of accuracy 80.0 to 90.0 % on validation images and predicted times of 2.00 to 3.00 ms" in text
    assert "of 2, goes from 10 (80.0 % in 2.00 ms) to 11 (90.0 % in 3.00 ms)." in text
    text = alternatives.search([Scheme("10"), Scheme("11")], [4.5, 3.5], {"found": Scheme("11")}, Unit("mae", "min"))
    assert text == (
        "2 schemes scored 3.5 to 4.5, the best of them in evaluation 2, 11. The found scheme, 11, scored 3.5."
    )


def test_of_effects_policies_and_rewards():
    bits = np.random.default_rng(0).integers(0, 2, (60, 3))
    noise = np.random.default_rng(1).normal(size=60)
    found = effects(bits, bits @ [5.0, -5.0, 0.0] + noise, (1, 2), price=0.5)
    text = alternatives.effects(found, ACCURACY)
    assert f"the largest effect has block 0 with {found.blocks[0].effect:+.2f} (" in text
    assert "worth the price is block 0; not worth it are blocks 1 and 2" in text
    small = effects(bits, bits @ [2e-3, -1e-3, 0.0] + 1e-4 * noise, (1, 2))
    assert f"the largest effect has block 0 with {small.blocks[0].effect:+.4f} (" in alternatives.effects(
        small, ACCURACY
    )
    several = alternatives.effects(effects(bits[:, :2], bits[:, :2] @ [5.0, -5.0] + noise).of("eca+se"), ACCURACY)
    assert "the largest effect has block 0, ECA with +" in several
    assert "not worth it is block 0, SE" in several
    nothing = effects(np.array([[1, 0, 1], [1, 1, 1]]), np.array([0.5, 0.6]), (1, 2))
    assert alternatives.effects(nothing, ACCURACY) == "None of the 3 blocks has an estimate."
    assert alternatives.probabilities(np.array([[0.5, 0.5], [0.9, 0.1]])).endswith("block 0 0.90, block 1 0.10.")
    two = alternatives.probabilities(np.array([[0.9, 0.1]]), PlaceNames("eca+se"))
    assert two.startswith("From one half for every place, 1 steps")
    assert two.endswith("block 0, ECA 0.90; block 0, SE 0.10.")
    assert alternatives.rewards([0.5, 0.7], {"objective": [0.4, 0.7], "sparsity": [0.0, 0.1]}) == (
        "The rewards of 2 schemes lie between 0.5000 and 0.7000; its part objective 0.4000 to 0.7000; its part sparsity"
        " 0.0000 to 0.1000."
    )


def test_of_curves_and_ranks():
    kept = {
        "pretrain": [{"loss": 2.0, "accuracy": 0.5}, {"loss": 1.0, "accuracy": 0.75}],
        "plain-0": [{"loss": 1.0}],
        "found-0": [{"loss": 1.0, "accuracy": 0.5}],
        "found-1": [{"loss": 1.0, "accuracy": 0.7}],
    }
    assert alternatives.curves(kept, ACCURACY) == (
        "At the end of the trainings, accuracy on the training images: the supernet 75.0 % after 2 epochs; no attention"
        " a loss of 1 after 1 epoch; found 60.0 % after 1 epoch, mean of 2 trainings."
    )
    bits = np.array([[0, 1], [1, 0], [1, 1], [0, 0]])
    scores, accuracy = np.array([0.5, 0.6, 0.7, 0.8]), np.array([[0.5], [0.6], [0.7], [0.9]])
    text = alternatives.rank(scores, accuracy, agreement(bits, scores, accuracy))
    assert "4 schemes, whose scores are 50.0 to 80.0 % and whose accuracies" in text
    assert "Kendall's tau of the scores is +1.00" in text
    text = alternatives.rank(scores, accuracy, agreement(bits, -scores, accuracy), LOSS)
    assert "4 schemes, whose scores are 0.5 to 0.8 of loss and whose accuracies" in text
    text = alternatives.rank(scores, accuracy, agreement(bits, scores, accuracy), noun="place")
    assert "that of the number of connected places" in text


def test_of_classes():
    assert alternatives.confusion("Found", np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]]), ["cat", "dog", "owl"]) == (
        "Found is right on 5 of 6 test images: most often for class dog, 100 %, and least often for cat, 75 %."
    )
    text = alternatives.said([("cat", {"found": "cat", "plain": "dog"})])
    assert text.endswith("what networks say: cat (found: cat, plain: dog).")


def test_an_effect_that_only_rounding_has_left_is_not_written_to_its_last_digit():
    bits = np.array(list(product((0, 1), repeat=3)))
    found = effects(bits, np.full(8, 100.0) + 1e-13 * bits[:, 0], (1, 2), images=15, scale=100)
    assert "the largest effect has block 0 with +0.00 (-" in alternatives.effects(found, ACCURACY)
