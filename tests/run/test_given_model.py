"""The model that a run was given: kept, and never mistaken for another one."""

from types import SimpleNamespace

import keras
import pytest

from keras_ean.run.config_file import configured
from keras_ean.run.folder import RunFolder
from keras_ean.run.plugged import PluggedArchitecture, model_digest
from tests.run.test_manifest import DAMAGES


def save(path, seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    model.save(path)
    return model_digest(model)


@pytest.fixture
def begun(tmp_path):
    """A run that was begun with a model's file: what opens it again, that file, and the model's digest."""
    source, folder = tmp_path / "mine.keras", tmp_path / "run"
    digest = save(source, 0)
    values = {"data": "digits", "model": {"name": str(source)}, "attention": "se"}

    def again():
        run = RunFolder(folder, tell=lambda line: None)
        run.open(configured(values, (), "here", begun=True))
        architecture = PluggedArchitecture(run.config(), SimpleNamespace(classes=None), run)
        architecture.keep()
        return architecture

    again()
    return again, source, digest


@pytest.mark.parametrize("damage", ["one bit", "deleted"])
def test_a_damaged_model_is_taken_from_where_it_came(begun, damage):
    again, _, digest = begun
    DAMAGES[damage](again().file)
    assert model_digest(again().model) == digest
    assert again().folder.whole(again().file)


@pytest.mark.parametrize("damage", ["half", "foreign", "deleted"])
def test_but_not_if_another_one_is_there_now(begun, damage):
    again, source, digest = begun
    file = again().file
    DAMAGES[damage](file)
    save(source, 1)
    for _ in range(2):
        with pytest.raises(
            ValueError, match=f"run/model.keras is damaged or lost, and .*mine.keras is another.*{digest}"
        ):
            again()
    save(source, 0)
    assert model_digest(again().model) == digest


def test_what_becomes_of_the_file_is_no_matter_while_the_kept_model_is_whole(begun):
    again, source, digest = begun
    source.unlink()
    assert model_digest(again().model) == digest


def test_a_model_whose_weights_are_lost_is_refused_with_the_first_one(begun, tmp_path):
    _, source, _ = begun
    model = keras.models.load_model(source)
    model.layers[-1].kernel.assign(float("nan") * model.layers[-1].kernel)
    values = {"data": "digits", "model": {"name": str(source)}, "attention": "se"}
    run = RunFolder(tmp_path / "other", tell=lambda line: None)
    run.open(configured(values, (), "here", begun=True))
    model.save(source)
    for given in (model, None):
        with pytest.raises(
            ValueError, match=f"weights that are not finite, the first ones in {model.layers[-1].name}/ker"
        ):
            PluggedArchitecture(run.config(), SimpleNamespace(classes=None), run, given).keep()
    assert not (tmp_path / "other/model.keras").exists()
