"""Intervals of images that show fewer things than they are hold the truth as often as they say."""

import numpy as np
import pytest
from scipy.stats import norm, t

from keras_ean.measure.paired import PairedScores
from keras_ean.measure.subjects import design_effect, independent

ALIKE, THINGS = 4, 60
SUBJECTS = np.repeat(np.arange(THINGS), ALIKE)


def drawn(random, seeds=3, own=0.0):
    """Right or wrong answers of two networks that are equally good in truth, of things of which some are hard; `own`:
    how much of what is hard is so for one network alone."""
    hard = np.sqrt(1 - own) * random.normal(size=THINGS) + np.sqrt(own) * random.normal(size=(2, 1, THINGS))
    image = random.normal(size=THINGS * ALIKE)
    rest = 0.3 * random.normal(size=(2, seeds, THINGS * ALIKE))
    return dict(zip("ab", 1 + 1.5 * hard[..., SUBJECTS] + image + rest > 0))


TRUTH = norm.cdf(1 / np.sqrt(1.5**2 + 1 + 0.3**2))


def held(subjects, own=0.0, repeats=300):
    """How often the intervals of an accuracy, and of a difference, hold what is true."""
    random, found = np.random.default_rng(0), []
    for _ in range(repeats):
        scores = PairedScores(drawn(random, own=own), subjects=subjects)
        (low, high), difference = scores.interval("a"), scores.difference("a", "b")
        found.append((low <= TRUTH <= high, difference.low <= 0 <= difference.high))
    return np.mean(found, axis=0)


def test_an_interval_holds_the_truth_as_often_as_it_says_once_it_knows_what_images_show():
    assert (np.abs(held(SUBJECTS, own=0.5) - 0.95) < 0.02 + 0.025).all()
    assert (held(None, own=0.5) < 0.88).all()


def test_where_networks_find_the_same_things_hard_their_difference_is_as_sure_as_before():
    (knowing, other), (_, before) = held(SUBJECTS), held(None)
    assert knowing > 0.93
    assert abs(other - before) < 0.03


def test_the_variance_of_a_mean_of_things_is_that_of_their_means():
    values = np.random.default_rng(0).normal(size=(1, THINGS * ALIKE)) + np.repeat(
        np.random.default_rng(1).normal(size=THINGS), ALIKE
    )
    scores = PairedScores({"a": values, "b": np.zeros_like(values)}, subjects=SUBJECTS)
    means = values.reshape(THINGS, ALIKE).mean(axis=1)
    half = t.ppf(0.975, THINGS - 1) * means.std(ddof=1) / np.sqrt(THINGS)
    assert scores.interval("a") == pytest.approx((means.mean() - half, means.mean() + half))
    found = scores.difference("a", "b")
    assert (found.low, found.high) == pytest.approx((means.mean() - half, means.mean() + half))
    # With twice as many images of twice as many things.
    assert found.half_width(1, 2 * THINGS * ALIKE) == pytest.approx(
        t.ppf(0.975, 2 * THINGS - 1) * means.std(ddof=1) / np.sqrt(2 * THINGS)
    )


def test_images_of_a_thing_that_are_answered_alike_are_one():
    answers = np.repeat(np.random.default_rng(0).random(THINGS) < 0.7, ALIKE)
    assert independent(answers, SUBJECTS) == pytest.approx(THINGS, rel=0.05)
    assert independent(np.ones(THINGS * ALIKE), SUBJECTS) == THINGS
    each = np.arange(THINGS * ALIKE)
    assert design_effect(answers, each) == pytest.approx(1)
    alone = PairedScores({"a": answers[None], "b": ~answers[None]}, subjects=each)
    plain = PairedScores({"a": answers[None], "b": ~answers[None]})
    assert alone.difference("a", "b") == plain.difference("a", "b")
    assert alone.interval("a") == pytest.approx(plain.interval("a"), abs=1e-3)  # By Student's distribution.


def test_networks_that_answer_alike_might_differ_in_a_thing_unseen():
    same = np.ones((3, THINGS * ALIKE))
    found = PairedScores({"a": same, "b": same}, subjects=SUBJECTS).difference("a", "b")
    assert 1.5 / THINGS < found.high < 2.5 / THINGS


@pytest.mark.parametrize("subjects", [np.zeros(THINGS * ALIKE, int), SUBJECTS[1:]])
def test_subjects_of_other_images_or_a_single_one_are_refused(subjects):
    with pytest.raises(ValueError, match="two or more, not"):
        PairedScores(drawn(np.random.default_rng(0)), subjects=subjects)
