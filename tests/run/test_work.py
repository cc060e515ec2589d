"""Trainings that take turns on one network end as if each had a new one."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_ean import data
from keras_ean.measure import cost
from keras_ean.recipes import Recipe
from keras_ean.run import Run, read_json, trainer
from keras_ean.run.work import Course, Prepared, Work
from keras_ean.training import fit
from tests.run.starting import QUIET

pytestmark = pytest.mark.backends
RECIPE = Recipe(epochs=2, batch_size=4, rate=0.1, schedule="one_cycle")
SPLIT = data.Split(np.random.default_rng(0).integers(256, size=(10, 2, 2, 1), dtype="uint8"), np.arange(10) % 3)


def work(seed, dropout, drawn, built, recipe=RECIPE):
    start = "glorot_uniform" if drawn else keras.initializers.GlorotUniform(seed=3)

    def build():
        built.append(seed)
        layers = [keras.layers.Flatten(), keras.layers.Dense(3, kernel_initializer=start)]
        return keras.Sequential([keras.Input((2, 2, 1)), keras.layers.BatchNormalization(), *dropout(), *layers])

    return Work(build, f"mine-{seed}", "mine", Course(recipe, 2), seed, 10 + seed, like="mine", drawn=drawn)


def trained(prepared, one, folder):
    keras.utils.set_random_seed(one.weights_seed)
    if prepared is None:
        prepared = Prepared(one, steps=3)
    else:
        prepared.begin(one)
    fit(prepared.model, RECIPE.batches(SPLIT, seed=one.seed), 2, folder / one.name, keep=False, verbose=0)
    return prepared, [np.array(weight) for weight in prepared.model.get_weights()]


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("dropout", [list, lambda: [keras.layers.Dropout(0.5)]], ids=["", "dropout"])
def test_the_weights_are_those_of_a_new_network_bit_for_bit(tmp_path, dropout, drawn):
    built: list[int] = []
    prepared, first = trained(None, work(0, dropout, drawn, built), tmp_path)
    step = prepared.model.train_function
    prepared, again = trained(prepared, work(1, dropout, drawn, built), tmp_path)
    assert prepared.model.train_function is step
    assert built == ([0] if dropout is list and not drawn else [0, 1])
    _, other = trained(None, work(1, dropout, drawn, built), tmp_path)
    for one, another in zip(again, other, strict=True):
        np.testing.assert_array_equal(one, another)
    assert any((one != another).any() for one, another in zip(first, other, strict=True))


def test_only_trainings_of_the_same_network_by_the_same_recipe_take_turns():
    one = work(0, list, False, [])
    prepared = Prepared(one, steps=3)
    assert prepared.serves(work(5, list, False, []))
    assert not prepared.serves(work(0, list, False, [], RECIPE.slower(0.5)))
    alone = Work(one.build, one.name, one.title, one.course, 0, 0)
    assert not Prepared(alone, steps=3).serves(alone)


def test_operations_are_counted_once_for_all_trainings_of_a_network(monkeypatch):
    prepared, counted = Prepared(work(0, list, False, []), steps=3), []
    monkeypatch.setattr(cost, "flops", lambda model: counted.append(model) or 7)
    context = SimpleNamespace(prepared=prepared)
    assert [trainer.flops(context, prepared.model) for _ in range(2)] == [7, 7]
    assert counted == [prepared.model]
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    assert trainer.flops(context, other) == 7
    assert counted == [prepared.model, other]


@pytest.mark.usefixtures("no_detours")
def test_a_network_that_is_asked_for_is_as_that_of_a_whole_run_and_stays_so(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder.path, folder, ignore=shutil.ignore_patterns("plain-*", "report", "export*"))
    run = Run(folder, None, QUIET)
    network = run.train("plain", 0)
    before = network.get_weights()
    run.train("plain", 1)
    for one, another in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, another)
    for seed in range(2):
        one, another = (Path(path) / "networks" / f"plain-{seed}" for path in (folder, finished.folder.path))
        assert read_json(one / "metrics.json")["loss"] == read_json(another / "metrics.json")["loss"]
        np.testing.assert_array_equal(np.load(one / "answers.npy"), np.load(another / "answers.npy"))
