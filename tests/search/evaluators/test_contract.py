"""The library's evaluators keep the contract that `keras_ean.testing` has for those of others."""

import numpy as np
import pytest

from keras_ean import bench, build_supernet
from keras_ean.recipes import Recipe
from keras_ean.search import (
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


@pytest.mark.backends
@pytest.mark.parametrize(
    "make",
    [
        lambda supernet: SupernetEvaluator(supernet, IMAGES, batch_size=12),
        lambda supernet: SupernetEvaluator(supernet, IMAGES, batch_size=12, calibration=IMAGES[0]),
        lambda supernet: HeldEvaluator(supernet, IMAGES, batch_size=12),
        lambda supernet: HeldEvaluator(supernet, IMAGES, calibration=IMAGES[0]),
        lambda supernet: TuningEvaluator(supernet, IMAGES, IMAGES, steps=2, recipe=RECIPE),
        lambda supernet: TrainingEvaluator(supernet, IMAGES, IMAGES, RECIPE),
        lambda supernet: LearnedGatesEvaluator(supernet, IMAGES, RECIPE),
        lambda supernet: ZeroCostEvaluator(supernet, IMAGES, "synflow"),
        lambda supernet: ZeroCostEvaluator(supernet, IMAGES, "gradient_norm"),
        lambda supernet: ZeroCostEvaluator(supernet, IMAGES, "jacobian"),
    ],
    ids=[
        "supernet",
        "calibrated supernet",
        "held",
        "calibrated held",
        "fine-tuning",
        "from scratch",
        "learned gates",
        "synflow",
        "gradient norm",
        "jacobian",
    ],
)
def test_evaluators_of_networks(make, supernet):
    check_evaluator(lambda: make(supernet), supernet.stages)


def test_replays_of_a_table():
    table = bench.load("digits-light-8")
    check_evaluator(lambda: bench.ReplayEvaluator(table), table.stages)
