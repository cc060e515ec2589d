"""The library's evaluators keep the contract that `keras_ean.testing` has for those of others."""

import numpy as np
import pytest

from keras_ean import bench, build_supernet
from keras_ean.measure.effort import Effort
from keras_ean.recipes import Recipe
from keras_ean.scheme import Scheme
from keras_ean.search import (
    Evaluator,
    GateStatisticsEvaluator,
    HeldEvaluator,
    LearnedGatesEvaluator,
    SupernetEvaluator,
    TrainingEvaluator,
    TuningEvaluator,
    ZeroCostEvaluator,
)
from keras_ean.testing import check_evaluator
from tests.small_backbone import Small

IMAGES = np.random.default_rng(0).normal(size=(24, 4, 4, 1)).astype("float32"), np.arange(24) % 3
RECIPE = Recipe(epochs=1, batch_size=12, rate=0.1)


@pytest.fixture(scope="module")
def supernet():
    return build_supernet(Small((2, 1)), "se", (4, 4, 1), classes=3)


MAKE = {
    "supernet": lambda supernet: SupernetEvaluator(supernet, IMAGES, batch_size=12),
    "calibrated supernet": lambda supernet: SupernetEvaluator(supernet, IMAGES, batch_size=12, calibration=IMAGES[0]),
    "held": lambda supernet: HeldEvaluator(supernet, IMAGES, batch_size=12),
    "calibrated held": lambda supernet: HeldEvaluator(supernet, IMAGES, calibration=IMAGES[0]),
    "fine-tuning": lambda supernet: TuningEvaluator(supernet, IMAGES, IMAGES, steps=2, recipe=RECIPE),
    "from scratch": lambda supernet: TrainingEvaluator(supernet, IMAGES, IMAGES, RECIPE),
    "learned gates": lambda supernet: LearnedGatesEvaluator(supernet, IMAGES, RECIPE),
    "synflow": lambda supernet: ZeroCostEvaluator(supernet, IMAGES, "synflow"),
    "gradient norm": lambda supernet: ZeroCostEvaluator(supernet, IMAGES, "gradient_norm"),
    "jacobian": lambda supernet: ZeroCostEvaluator(supernet, IMAGES, "jacobian"),
    "variation": lambda supernet: GateStatisticsEvaluator(supernet, IMAGES, "variation"),
    "saliency": lambda supernet: GateStatisticsEvaluator(supernet, IMAGES, "saliency"),
    "novelty": lambda supernet: GateStatisticsEvaluator(supernet, IMAGES, "novelty"),
}
ELSEWHERE = ("supernet", "held", "fine-tuning", "from scratch", "variation", "saliency", "novelty")
"""Tried on every backend by tests of their own: test_supernet.py, the calibrated one here, test_sgd.py,
test_from_scratch.py, test_gate_statistics.py."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in ELSEWHERE else [pytest.mark.backends]) for name in MAKE]
)
def test_evaluators_of_networks(name, supernet):
    check_evaluator(lambda: MAKE[name](supernet), supernet.stages)


def test_replays_of_a_table():
    table = bench.load("digits-light-8")
    check_evaluator(lambda: bench.ReplayEvaluator(table), table.stages)


class ByImage(Evaluator):
    """Tells from random numbers which images a scheme gets right; of a part of them, in another order if `shifted`."""

    images, by_image = 40, True

    def __init__(self, shifted: bool):
        self.shifted = shifted

    def outcomes(self, schemes, first=0, last=None):
        draws = np.random.default_rng(0).random(self.images)
        hard = np.reshape([0.2 + 0.6 * Scheme(scheme, (2, 1)).density for scheme in schemes], (-1, 1))
        right = (draws < hard).astype(float)
        return {"accuracy": np.roll(right, first, axis=1)[:, first:last] if self.shifted else right[:, first:last]}


def test_outcomes_are_those_of_the_images_that_were_asked_for():
    check_evaluator(lambda: ByImage(shifted=False), (2, 1))
    with pytest.raises(AssertionError, match="From image 1 on they are others"):
        check_evaluator(lambda: ByImage(shifted=True), (2, 1))


def test_an_evaluator_that_says_nothing_of_itself_is_exact_and_scores_one_scheme_at_a_time():
    one = Evaluator()
    assert (one.noisy, one.repeats, one.pretrained, one.by_image, one.images) == (False, None, True, False, None)
    assert (one.schemes_per_pass, one.images_per_pass, one.settings()) == (1, 1, {})
    assert one.effort(train=5, validation=7, calibration=3) == Effort(forward=7)
    one.check_backend()
    with pytest.raises(NotImplementedError, match=r"^Evaluator must implement score\(schemes, share, repeat\)\.$"):
        one.score([])
    with pytest.raises(NotImplementedError, match="^Evaluator has by_image = False, and no outcomes"):
        one.outcomes([])


def test_a_score_is_the_mean_over_all_images_or_a_share_of_them():
    evaluator, asked = ByImage(shifted=False), []
    evaluator.outcomes = lambda schemes, last: asked.append(last) or {"loss": np.array([[1.0, 2.0], [3.0, 5.0]])}
    assert evaluator.score(["11 1", "00 0"]) == [{"loss": 1.5}, {"loss": 4.0}]
    for share in (0.51, 0.5, 1):
        evaluator.score(["11 1", "00 0"], share)
    assert asked == [40, 21, 20, 40]
    for share in (0, 1.01, -1.0):
        with pytest.raises(ValueError, match=f"above 0 and at most 1, not {share}"):
            evaluator.score(["11 1"], share)
