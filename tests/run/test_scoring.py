"""The evaluator of a run: an own one, registered in one file, is made with what a run offers and what is configured."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from keras_ean import recipes
from keras_ean.recipes.table import RECIPES
from keras_ean.run import Run, load_config
from keras_ean.search import Evaluator, SupernetEvaluator, TrainingEvaluator, TuningEvaluator
from keras_ean.search.evaluators import evaluators, register

TINY = ("data={name: digits, train: 40}", "backbone={name: resnet8, width: 4}", "search.calibrate=16", "seed=5")


@pytest.fixture
def make(tmp_path):
    """Gives the evaluator of a run whose supernet is not trained."""

    def make(*overrides):
        run = Run(tmp_path / "run", load_config(None, [*TINY, *overrides]), Console(quiet=True))
        run.context.save(run.context.architecture.supernet(), run.folder.supernet_file)
        return run.evaluator()

    return make


@pytest.fixture
def _own():
    @register("density")
    class Density(Evaluator):
        def __init__(self, data, calibration, slope, seed):
            self.images, self.calibration, self.slope, self.seed = len(data[1]), len(calibration), slope, seed

        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": self.slope * scheme.density} for scheme in schemes]

    yield
    del evaluators.classes["density"]


@pytest.mark.usefixtures("_own")
def test_an_evaluator_that_somebody_registered(make):
    found = make("search.evaluator={name: density, slope: 0.5}")
    assert (found.slope, found.seed, found.calibration) == (0.5, 5, 16)
    assert found.images > 100


def test_the_usual_evaluator(make):
    found = make()
    assert isinstance(found, SupernetEvaluator)
    assert (found.batch_size, found.calibrator.weights) == (256, [1.0])


def test_tuning_goes_as_the_networks_that_are_compared_are_tuned(make):
    found = make("search.evaluator={name: tuning, steps: 3}", "tune.rate=0.25", "pretrain.batch_size=8")
    assert isinstance(found, TuningEvaluator)
    assert found.shape == (3, 8)
    assert float(np.max(found.rates)) == pytest.approx(0.25)


def test_trainings_last_a_sixth_of_the_supernets(make):
    found = make("search.evaluator=training", "pretrain={recipe: digits-short, epochs: 13, batch_size: 8}")
    assert isinstance(found, TrainingEvaluator)
    assert (found.epochs, found.recipe.batch_size, found.seed) == (3, 8, 5)


@pytest.fixture
def _dark(monkeypatch):
    """A recipe whose training sees black images alone."""
    recipe = replace(recipes.get("digits-short"), augmentation=lambda x, draw: np.zeros_like(x))
    monkeypatch.setitem(RECIPES, "dark", recipe)


@pytest.mark.usefixtures("_dark")
def test_batchnorm_statistics_are_of_images_as_the_training_saw_them(make):
    found = make("pretrain={recipe: dark, epochs: 1}")
    [batch] = found.calibrator.batches
    assert len(batch) == 16
    assert len(np.unique(batch)) == 1


@pytest.mark.usefixtures("_dark")
def test_so_are_those_of_networks(tmp_path):
    run = Run(tmp_path, load_config(None, [*TINY, "pretrain={recipe: dark, epochs: 1}"]), Console(quiet=True))
    train = run.context.images.data.train
    seen = run.context.architecture.calibration()
    assert len(seen) == 16
    np.testing.assert_array_equal(np.unique(seen), np.unique(train.scaled(np.zeros((1, 1, 1, 1), "float32"))))


@pytest.mark.usefixtures("_dark")
def test_tuning_sees_what_the_training_saw(make):
    found = make("search.evaluator={name: tuning, steps: 3}", "pretrain={recipe: dark, epochs: 1, batch_size: 8}")
    assert len(np.unique(found.data[0])) == 1
