"""Trainings that ended before their plateau are told."""

import pytest

from keras_ean.run.plateau import cautions, gain
from keras_ean.run.unit import ACCURACY, Unit

MAE = Unit("mae", "min")


def curve(values, metric="accuracy"):
    return [{"epoch": number, "seconds": 1.0, "loss": 1.0, metric: value} for number, value in enumerate(values, 1)]


LEVEL = [0.5, 0.7, 0.8, 0.85, 0.86, 0.85, 0.86, 0.855, 0.86]
RISING = [0.1 * number for number in range(1, 10)]


def test_what_a_training_gained_at_its_end():
    assert gain(curve(RISING), ACCURACY) == pytest.approx(0.3)
    assert gain(curve(LEVEL), ACCURACY) < 0.01
    assert gain(curve(RISING[::-1], "mae"), MAE) == pytest.approx(0.3)  # Less of it is better.
    assert gain(curve([0.1, 0.9]), ACCURACY) is None
    assert gain(curve(RISING, "auc"), ACCURACY) is None


def test_one_that_has_levelled_off_at_its_very_end_or_rises_by_chance_is_not_named():
    levelled = [*(0.1 * number for number in range(1, 9)), 0.95, 0.95, 0.95, 0.95]
    assert gain(curve(levelled), ACCURACY) > 0.05
    assert cautions({"pretrain": curve(levelled)}, ACCURACY, {}, 1000) == ()
    chance = {"pretrain": curve([0.5, 0.5, 0.53])}
    assert cautions(chance, ACCURACY, {}, 100) == ()
    assert len(cautions(chance, ACCURACY, {}, 10_000)) == 1


def test_trainings_that_still_rose_are_named_with_what_they_gained():
    curves = {"warm-up": curve(RISING), "pretrain": curve(RISING), "found-0": curve(LEVEL), "found-1": curve(LEVEL)}
    [said] = cautions(curves, ACCURACY, {"the supernet": 10}, 1000)
    assert "the supernet (better by 30 points in the last 3 of 9 epochs) still rose" in said
    assert "found" not in said
    assert "attention alone" not in said
    assert cautions({**curves, "pretrain": curve(LEVEL)}, ACCURACY, {}, 1000) == ()
    [said] = cautions({"found-0": curve(RISING), "found-1": curve(LEVEL)}, ACCURACY, {}, 1000)
    assert "found (better by 1" in said  # The mean of both seeds.


def test_another_objective_rises_by_its_own_measure():
    large = [100 * value for value in RISING[::-1]]
    [said] = cautions({"pretrain": curve(large, "mae")}, MAE, {}, 1000)
    assert "by the mae on the training images, the supernet (better by 30 of mae" in said
    assert cautions({"pretrain": curve([100 + 0.01 * value for value in large], "mae")}, MAE, {}, 1000) == ()


def test_one_as_long_as_those_that_reached_it_is_not_suspected_for_its_falling_rate():
    long = {"pretrain": curve([0.01 * number for number in range(40)])}
    assert len(cautions(long, ACCURACY, {"the supernet": 50}, 1000)) == 1
    assert cautions(long, ACCURACY, {"the supernet": 75}, 1000) == ()
    assert len(cautions(long, ACCURACY, {}, 1000)) == 1  # A given model's, which starts from its weights.


def test_one_of_too_few_epochs_tells_nothing_unless_it_starts_from_a_trained_network():
    curves = {"pretrain": curve([0.5, 0.6]), "found-0": curve([0.6])}
    assert cautions(curves, ACCURACY, {"the supernet": 10}, 1000) == (
        "Too short a training to tell whether it had reached its plateau: the supernet (2 epochs).",
    )
    assert cautions({}, ACCURACY, {}, 1000) == ()
