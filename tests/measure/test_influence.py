"""Intervals of figures that are no means over images hold the truth as often as they say."""

import numpy as np
import pytest

from keras_ean.measure import PairedScores
from keras_ean.measure.influence import influences

THRESHOLDS = np.linspace(-3, 4, 40)


def auc_states(scores, labels):
    """What each image adds to the counts of hits and of false alarms above the thresholds, as `keras.metrics.AUC`."""
    above = scores[:, None] > THRESHOLDS
    hit, alarm = above & labels[:, None], above & ~labels[:, None]
    return np.concatenate([hit, alarm, labels[:, None], ~labels[:, None]], axis=1).astype(float)


def auc(sums):
    count = len(THRESHOLDS)
    hits, alarms = sums[:, :count] / sums[:, [-2]], sums[:, count:-2] / sums[:, [-1]]
    return -np.trapezoid(hits, alarms, axis=1)


def f1(sums):
    return 2 * sums[:, 0] / (2 * sums[:, 0] + sums[:, 1] + sums[:, 2])


def of_auc(scores, labels):
    return influences(auc_states(scores, labels), auc)


def of_f1(scores, labels):
    positive = scores > 0.5
    parts = [positive & labels, positive & ~labels, ~positive & labels]
    return influences(np.stack(parts, axis=1).astype(float), f1)


@pytest.mark.parametrize(("values", "seeds"), [(of_auc, 1), (of_f1, 3)])
def test_intervals_hold_what_is_true_as_often_as_they_say(values, seeds):
    random, held = np.random.default_rng(0), []
    for _ in range(300):
        labels = random.random(300) < 0.3
        common = random.normal(size=300)
        scores = {
            name: np.stack(
                [values(labels + 0.7 * common + 0.7 * random.normal(size=300), labels) for _ in range(seeds)]
            )
            for name in "abc"
        }
        found = PairedScores(scores).difference("a", "b")
        held.append(found.low <= 0 <= found.high)
    # Two standard errors of the simulation beside 93 to 97 %.
    assert 0.93 - 0.025 < np.mean(held) < 0.97 + 0.025


def test_the_mean_is_the_figure_and_a_mean_has_its_values():
    random = np.random.default_rng(0)
    labels, scores = random.random(50) < 0.4, random.normal(size=50)
    states = auc_states(scores, labels)
    assert influences(states, auc).mean() == pytest.approx(auc(states.sum(0)[None])[0])
    hits = np.stack([scores > 0, np.ones(50)], axis=1).astype(float)
    np.testing.assert_array_equal(influences(hits, lambda sums: sums[:, 0] / sums[:, 1]), scores > 0)
