"""Strengths that one training learns."""

import numpy as np
import pytest

import keras_ean as ean
from keras_ean.recipes import Recipe
from keras_ean.search import LearnedGatesEvaluator
from keras_ean.search.evaluators.learned_gates import Strengthened
from tests.small_backbone import Small

LABELS = np.arange(32) % 2
RECIPE = Recipe(epochs=4, batch_size=8, rate=0.05)


@pytest.fixture(scope="module")
def supernet():
    return ean.build_supernet(Small((2, 1)), "se", (4, 4, 1), classes=2)


def learned(supernet, price):
    images = np.random.default_rng(0).normal(size=(32, 4, 4, 1)).astype("float32")
    return LearnedGatesEvaluator(supernet, (images, LABELS), RECIPE, price=price)


def test_a_high_price_draws_all_strengths_to_nothing_and_names_no_attention(supernet):
    evaluator = learned(supernet, price=10.0)
    assert (evaluator.strengths < 0.1).all()
    schemes = list(ean.Scheme.every((2, 1)))
    scores = [score["strength"] for score in evaluator.score(schemes)]
    assert schemes[int(np.argmax(scores))] == ean.Scheme("00 0")


def test_without_a_price_the_loss_decides(supernet):
    evaluator = learned(supernet, price=0.0)
    assert (evaluator.strengths != 0.5).all()
    rewarded = learned(supernet, price=-10.0)
    assert (rewarded.strengths > 0.9).all()


def test_the_price_counts_from_the_middle_of_the_training_on(supernet, monkeypatch):
    prices = []

    def initial(self):
        self.run = lambda state, rows, *_: (state, prices.append(float(rows[0, 0])))
        return [[np.zeros(3)], [], []]

    monkeypatch.setattr(Strengthened, "initial", initial)
    learned(supernet, price=10.0)
    assert prices == [0.0, 0.0, 10.0, 10.0]


def test_less_than_a_batch_is_refused(supernet):
    with pytest.raises(ValueError, match="a batch of 8 images, but there are 4"):
        LearnedGatesEvaluator(supernet, (np.zeros((4, 4, 4, 1)), LABELS[:4]), RECIPE)
