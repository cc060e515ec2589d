"""Giving up hopeless schemes: the saving, and what it does to the result."""

import numpy as np
import pytest

from keras_ean.search import EarlyStopping, Evaluator, SchemeTuner, get

EFFECTS = np.random.default_rng(0).normal(size=10) * 0.04


class Images(Evaluator):
    """Every scheme is right on an image with its own probability; the images are the same for all."""

    images = 2000
    schemes_per_pass = 16

    def __init__(self):
        self.scored = 0.0
        self.luck = np.random.default_rng(0).random(self.images)

    def score(self, schemes, share=1.0, repeat=0):
        self.scored += share * len(schemes)
        rates = [0.7 + EFFECTS @ (np.array(scheme.bits) - 0.5) for scheme in schemes]
        return [{"accuracy": float((self.luck[: int(share * self.images)] < rate).mean())} for rate in rates]


@pytest.mark.parametrize("name", ["random", "reinforce", "evolution"])
def test_saves_images_and_names_the_same_scheme(tmp_path, name):
    results = {}
    for early_stopping in (None, EarlyStopping(share=0.2)):
        evaluator, folder = Images(), tmp_path / str(early_stopping is None)
        oracle = get(name, (5, 5), "accuracy", max_steps=60, seed=0, sparsity_weight=0, compare_random=False)
        tuner = SchemeTuner(None, oracle, evaluator=evaluator, directory=folder, early_stopping=early_stopping)
        tuner.search(verbose=0)
        results[early_stopping] = evaluator.scored / len(tuner.evaluations()), tuner
    (whole_cost, whole), (cost, stopped) = results.values()
    assert whole_cost == 1
    assert cost < 0.75
    best = EFFECTS @ whole.best_scheme().bits - EFFECTS @ stopped.best_scheme().bits
    assert best < 0.01
    hopeless = [e for e in stopped.evaluations() if e.share < 1]
    assert hopeless
    assert stopped.best_scheme() not in {e.scheme for e in hopeless}


def test_what_is_taken_where_nothing_is_said():
    assert EarlyStopping().settings() == {"share": 0.25, "z": 2.0}


@pytest.mark.parametrize("accuracy", [-0.001, 1.001])
def test_an_accuracy_is_between_0_and_1(accuracy):
    class One(Evaluator):
        images = 10

        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": accuracy} for _ in schemes]

    with pytest.raises(ValueError, match=f"are 0 … 1, but accuracy is {accuracy}; Racing takes others"):
        EarlyStopping().score(One(), ["0"], [None])


def test_a_share_of_one_image_has_the_margin_of_one_half():
    class Few(Evaluator):
        images = 4

        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": 0.0} for _ in schemes]

    stopping = EarlyStopping()
    margin = 2 * np.sqrt(0.5 * 0.5 * 0.75)
    assert stopping.margin(0.0, 1) == stopping.margin(1.0, 1) == pytest.approx(margin)
    scores = stopping.score(Few(), ["0", "1"], [margin - 1e-9, margin + 1e-9])
    assert [score.get("share") for score in scores] == [None, 0.25]


def test_the_margin_needs_the_number_of_images():
    evaluator = Images()
    evaluator.images = None
    with pytest.raises(ValueError, match="set `images` of Images"):
        EarlyStopping().score(evaluator, [], [])


@pytest.mark.parametrize("objective", ["val_loss", "strength"])
def test_what_is_no_accuracy_is_refused_before_a_scheme_is_given_up(tmp_path, objective):
    class Strong(Evaluator):
        images = 100

        def score(self, schemes, share=1.0, repeat=0):
            return [{"strength": 3.0 * scheme.density, "loss": 0.5} for scheme in schemes]

    chosen = objective if objective == "val_loss" else (objective, "max")
    oracle = get("random", (2, 2), chosen, max_steps=3, samples_per_step=4, compare_random=False, seed=0)
    match = "less val_loss is better: take Racing" if objective == "val_loss" else "are 0 … 1, but strength is "
    with pytest.raises(ValueError, match=match):
        SchemeTuner(None, oracle, evaluator=Strong(), directory=tmp_path, early_stopping=EarlyStopping()).search()
    with pytest.raises(ValueError, match="less loss is better"):
        EarlyStopping().score(Strong(), [], [], "loss", direction="min")


def test_the_margin_is_so_many_standard_errors_of_the_difference():
    stopping = EarlyStopping(share=0.2, z=3)
    assert stopping.margin(0.7, 40) == pytest.approx(3 * np.sqrt(0.7 * 0.3 * 0.8 / 40))
    one_image = 3 * np.sqrt(1 / 41 * 40 / 41 * 0.8 / 40)
    assert [stopping.margin(0.0, 40), stopping.margin(1.0, 40)] == pytest.approx([one_image] * 2)
    assert stopping.settings() == {"share": 0.2, "z": 3}


def test_a_scheme_that_may_just_reach_the_bar_is_scored_whole():
    class Whole(Evaluator):
        images = 101

        def score(self, schemes, share=1.0, repeat=0):
            return [{"loss": 0.0, "accuracy": 0.5 + share / 2} for _ in schemes]

    for stopping in (EarlyStopping(share=0.25), EarlyStopping(share=0.25, z=0)):
        reached, schemes = 0.625 + stopping.margin(0.625, 26), ["0", "1"]
        assert stopping.score(Whole(), schemes, [reached, np.nextafter(reached, 1)]) == [
            {"loss": 0.0, "accuracy": 1.0},
            {"loss": 0.0, "accuracy": 0.625, "share": 0.25},
        ]
        assert stopping.score(Whole(), schemes, [None, None]) == [{"loss": 0.0, "accuracy": 1.0}] * 2
