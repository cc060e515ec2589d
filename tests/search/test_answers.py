"""Answers image by image: a bit or a number each, and differences with their standard errors."""

import numpy as np
import pytest

from keras_ean.search.answers import ANSWERS, from_text, paired, score_of, to_text


@pytest.mark.parametrize("images", [1, 8, 1001])
def test_answers_come_back_from_text_of_a_bit_each(images):
    right = np.random.default_rng(images).random(images) < 0.7
    text = to_text(right)
    assert (from_text(text) == right).all()
    assert len(text) <= 4 * np.ceil(images / 24) + 6


def test_losses_come_back_from_text_as_they_were_in_float32():
    losses = np.random.default_rng(0).exponential(size=7)
    text = to_text(losses)
    assert from_text(text).dtype == "float64"
    assert (from_text(text) == losses.astype("float32")).all()
    assert (from_text(to_text(np.array([np.inf, 2.0]))) == [np.inf, 2.0]).all()
    assert from_text("3:oA==").tolist() == [True, False, True]  # As searches of earlier versions have it.


def test_the_error_of_losses_is_that_of_their_difference_in_any_unit():
    draw = np.random.default_rng(0)
    hard, first, second = draw.exponential(size=400), *(0.01 * draw.normal(size=(2, 400)))
    found = paired(hard + first, hard + second)
    assert found.difference == pytest.approx(np.mean(first - second))
    assert found.error == pytest.approx(np.std(first - second, ddof=1) / 20)
    larger = paired(1000 * (hard + first), 1000 * (hard + second))
    assert larger.error == pytest.approx(1000 * found.error)
    assert paired(hard[:1], second).error == np.inf
    assert paired(np.array([0.5, 1.5]), np.array([0.25, 0.25])) == (0.75, 0.5, 2)


@pytest.mark.parametrize("sign", [1, -1])
def test_answers_beside_losses_are_losses(sign):
    right, losses = np.array([1, 0, 1, 0]), np.array([0.5, 0.5, 0.5, 0.5])
    found = paired(*(right, losses)[::sign])
    assert (found.difference, found.error) == (0, pytest.approx(np.std(right, ddof=1) / 2))


def test_only_images_that_are_answered_differently_make_up_the_error():
    first, second = np.tile([1, 1, 1, 0], 100), np.tile([1, 1, 1, 1], 100)
    found = paired(first, second)
    assert found.difference == -0.25
    assert found.error == pytest.approx(np.sqrt(0.25 * 0.75 / 400), rel=0.01)
    same = paired(first, first[:200])
    assert (same.difference, same.images) == (0.0, 200)
    assert same.error == pytest.approx(1 / np.sqrt(201 * 200))


def test_the_error_is_that_of_other_images():
    draw = np.random.default_rng(0)
    luck, other = draw.random((2, 2000, 300))
    first, second = luck < 0.75, np.where(other < 0.1, other < 0.08, luck < 0.75)
    found = [paired(*both) for both in zip(first, second, strict=True)]
    assert np.mean([one.error for one in found]) == pytest.approx(np.std([one.difference for one in found]), rel=0.05)


def test_a_score_has_the_means_and_the_answers_by_which_schemes_are_compared():
    values = {"accuracy": np.array([1.0, 0.0]), "loss": np.array([0.5, 2.5])}
    assert score_of(values, "accuracy") == {"accuracy": 0.5, "loss": 1.5, ANSWERS: to_text(np.array([1, 0]))}
    assert score_of(values, "loss") == {"accuracy": 0.5, "loss": 1.5, ANSWERS: to_text(np.array([0.5, 2.5]))}
    assert score_of(values, "strength") == {"accuracy": 0.5, "loss": 1.5}
