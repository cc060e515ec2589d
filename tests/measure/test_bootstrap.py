"""Intervals of figures that are no accuracies hold the truth as often as they say."""

import numpy as np
import pytest
from scipy.stats import norm

from keras_ean.measure.bootstrap import bounds, resampled, stacked
from keras_ean.measure.influence import influences
from keras_ean.measure.paired import PairedScores
from tests.measure.test_influence import auc, auc_states

IMAGES, DRAWS = 120, 200


def mean(sums):
    return sums[:, 0] / sums[:, 1]


def auc_of(random, shift):
    """States of images of which three in ten are positive, and lie above the others by `shift`."""
    labels = random.random(IMAGES) < 0.3
    common = random.normal(size=IMAGES)
    return lambda: (auc_states(shift * labels + 0.7 * common + 0.7 * random.normal(size=IMAGES), labels), auc)


def error_of(random, shift):
    """States of absolute errors that are skewed, as those of a regression are."""
    common = random.exponential(size=IMAGES)
    return lambda: (np.stack([shift + common + random.exponential(size=IMAGES), np.ones(IMAGES)], axis=1), mean)


def paired(draw, seeds, random):
    """Scores of two networks that are equally good in truth, with their resamples; seeds have a noise of their own
    in the resamples as in the scores."""
    scores, drawn = {}, {}
    for name in "ab":
        found = [draw() for _ in range(seeds)]
        own = 0.03 * random.normal(size=(seeds, 1)) * (seeds > 1)
        scores[name] = np.stack([influences(*one) for one in found]) + own
        drawn[name] = np.stack([resampled(*one, DRAWS) for one in found]) + own
    return PairedScores(scores, resampled=drawn)


@pytest.mark.parametrize(
    ("of", "shift", "truth"), [(auc_of, 1.0, norm.cdf(1 / np.sqrt(2 * 0.98))), (error_of, 0.5, 2.5)]
)
@pytest.mark.parametrize("seeds", [1, 3])
def test_intervals_hold_what_is_true_as_often_as_they_say(of, shift, truth, seeds):
    random, held = np.random.default_rng(0), []
    for _ in range(150):
        scores = paired(of(random, shift), seeds, random)
        difference, (low, high) = scores.difference("a", "b"), scores.interval("b")
        held.append((difference.low <= 0 <= difference.high, low <= truth <= high))
    # Two standard errors of the simulation beside 93 to 97 %.
    assert (np.abs(np.mean(held, axis=0) - 0.95) < 0.02 + 0.035).all()


def test_of_a_mean_it_is_about_that_of_student():
    values = np.random.default_rng(0).normal(size=30)
    figures = resampled(np.stack([values, np.ones(30)], axis=1), mean, 4_000)
    low, high = bounds(figures, 30, 0.95)
    half = 2.045 * values.std(ddof=1) / np.sqrt(30)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.05 * half)


def test_draws_without_a_figure_do_not_count_and_all_networks_need_theirs():
    figures = np.concatenate([np.linspace(0, 1, 101), [np.nan, np.inf]])
    assert bounds(figures, 1_000_000, 0.9) == pytest.approx((0.05, 0.95), abs=1e-4)
    assert stacked({"a": [figures], "b": [None]}) is None
    assert stacked({"a": [figures, figures]})["a"].shape == (2, 103)
