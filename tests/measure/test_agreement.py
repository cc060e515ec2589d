"""Intervals, and verdicts on scores of known worth."""

import json
from dataclasses import asdict, replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from keras_ean.measure.agreement import Estimate, agreement, read_agreement
from keras_ean.measure.ranks import kendall

BITS = np.array(list(product((0, 1), repeat=6)))
TRUE = BITS @ [3.0, 2.0, 1.0, -1.0, -2.0, -3.0]
DENSITY = BITS.sum(axis=1)


def trained(true=TRUE, seeds=4, noise=1.0):
    return true[:, None] + noise * np.random.default_rng(0).normal(size=(len(true), seeds))


def test_the_bootstrap_resamples_the_ordinary_statistics():
    scores, accuracy = TRUE + 4 * np.random.default_rng(1).normal(size=64), trained(noise=3)
    found = agreement(BITS, scores, accuracy)
    random, means = np.random.default_rng(2), accuracy.mean(axis=1)
    rows = random.integers(0, 64, (300, 64))
    taus = [stats.kendalltau(scores[row], means[row]).statistic for row in rows]
    assert [found.kendall.low, found.kendall.high] == pytest.approx(np.quantile(taus, [0.025, 0.975]), abs=0.03)
    assert found.kendall.value == pytest.approx(kendall(scores, means))
    halves = [kendall(*(accuracy[row][:, half].mean(axis=1) for half in ([0, 1], [2, 3]))) for row in rows]
    assert found.half_floor.low == pytest.approx(np.quantile(halves, 0.025), abs=0.06)
    assert found == agreement(BITS, scores, accuracy)


RANDOM = np.random.default_rng(4).normal(size=64)
VERDICTS = {
    "order schemes better than density alone": (TRUE, TRUE),
    "no better than density alone": (DENSITY, DENSITY),
    "the wrong way round": (-TRUE, TRUE),
    "not seen to order schemes": (RANDOM, TRUE),
    "worse than density alone": (RANDOM, DENSITY),
    "No verdict: noise floor": (RANDOM, 0 * TRUE),
    "whether better than density alone these trainings do not tell": (
        0.1 * TRUE + 0.5 * DENSITY,
        0.1 * TRUE + 0.5 * DENSITY,
    ),
}


@pytest.mark.parametrize("words", VERDICTS)
def test_verdicts(words):
    scores, true = VERDICTS[words]
    found = agreement(BITS, scores, trained(true))
    assert words in found.verdict
    assert found.half_floor.value <= 1


LITTLE = 1e-9
ORDERS, NOTHING, SHARED = Estimate(0.3, 0.1, 0.5), Estimate(0.1, -0.1, 0.3), Estimate(0.6, 0.4, 0.8)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"kendall": Estimate(0.3, LITTLE, 0.5), "gain": Estimate(0.2, LITTLE, 0.3)}, "better than density alone"),
        ({"kendall": Estimate(0.3, 0.0, 0.5)}, "not seen to order schemes"),
        ({"kendall": Estimate(-0.3, -0.5, -LITTLE)}, "the wrong way round"),
        ({"kendall": Estimate(-0.3, -0.5, 0.0)}, "not seen to order schemes"),
        ({"kendall": ORDERS, "gain": Estimate(LITTLE, 0.0, 0.3)}, "whether better than density alone"),
        ({"kendall": ORDERS, "gain": Estimate(0.0, -0.1, 0.3)}, "no better than density alone"),
        ({"gain": Estimate(-0.3, -0.4, -LITTLE)}, "worse than density alone"),
        ({"gain": Estimate(-0.3, -0.4, 0.0)}, "not seen to order schemes"),
        ({"half_floor": Estimate(0.2, 0.0, 0.4)}, "No verdict: noise floor"),
        ({"half_floor": Estimate(0.2, LITTLE, 0.4)}, "not seen to order schemes"),
        ({"kendall": ORDERS, "half_floor": Estimate(0.2, 0.0, 0.4)}, "A lead only"),
        ({"half_floor": None}, "Train two seeds or more"),
    ],
)
def test_an_interval_that_reaches_0_decides_nothing(figures, words):
    found = agreement(BITS, RANDOM, trained(), resamples=1)
    found = replace(found, **{"kendall": NOTHING, "gain": NOTHING, "half_floor": SHARED, **figures})
    assert words in found.verdict
    assert ("A lead only" in found.verdict) == (words == "A lead only")


def test_one_seed_gives_no_floor_and_no_verdict_on_random_scores():
    found = agreement(BITS, RANDOM, trained(seeds=1))
    assert (found.seed_floor, found.half_floor, found.ceiling) == (None, None, None)
    assert "Train two seeds" in found.verdict
    assert "order schemes better than density" in agreement(BITS, TRUE, trained(seeds=1)[:, 0]).verdict


def test_an_order_that_the_trainings_scarcely_share_is_a_lead_only():
    found = agreement(BITS, TRUE, trained())
    assert "A lead only" not in found.verdict
    noisy = replace(found, half_floor=Estimate(0.1, -0.2, 0.4))
    assert noisy.verdict.startswith(found.verdict)
    assert "A lead only: the trainings scarcely agree with each other (tau +0.10 [-0.20, +0.40])" in noisy.verdict


def test_density_is_a_rival_that_knows_its_direction():
    found = agreement(BITS, -DENSITY, trained(-DENSITY))
    assert found.density.value < 0
    assert found.gain.value == pytest.approx(0)


def test_what_a_scheme_at_random_lacks():
    assert agreement(BITS, TRUE, trained()).random_regret.value == pytest.approx(6, abs=1)


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"not \(64, 6\), \(63,\) and \(64, 4\)"):
        agreement(BITS, TRUE[1:], trained())
    with pytest.raises(ValueError, match="Three schemes or more are needed .*, not 2"):
        agreement(BITS[:2], TRUE[:2], trained()[:2])


@pytest.mark.parametrize("seeds", [1, 2])
def test_what_was_kept_is_read_back(seeds):
    found = agreement(BITS, TRUE, trained(seeds=seeds), resamples=20)
    assert read_agreement(json.loads(json.dumps(asdict(found)))) == found
