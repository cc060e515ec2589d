"""What is chosen where a configuration says nothing, and that nothing else is needed than images."""

import pytest

from keras_ean.run import load_config, read_config
from keras_ean.run.defaults import backbone, look_at_folder, pretraining
from tests.run.photos import write_photos


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("here") / "photos", size=lambda number: (60 + number, 50))


def test_a_folder_is_looked_at(photos):
    look = look_at_folder(photos, {})
    assert (look.train, look.classes, look.alike) == (60 - 12 - 5, 2, False)
    assert look.side == 50
    assert look_at_folder(photos, {"train": 5}).train == 10


def test_a_folder_is_enough(photos):
    reading = read_config(photos)
    config = reading.config
    assert config.data.name == str(photos)
    assert config.data.options == {"size": 48}
    assert (config.backbone.name, config.attention.name) == ("resnet20", "se")
    assert (config.pretrain.recipe, config.pretrain.epochs, config.pretrain.batch_size) == ("cifar-one-cycle", 100, 16)
    assert list(reading.chosen) == ["size", "backbone", "attention", "pretrain"]
    text = str(reading)
    assert "chosen: size: 48 (images differ in size; most have at least" in text
    assert "chosen: backbone: resnet20 (small and quick, for images of up to 96 pixels; these have 48)" in text


def test_a_file_with_nothing_but_data_is_enough(photos, monkeypatch, tmp_path):
    file = photos.parent / "mine.yaml"
    file.write_text("data: photos\n")
    monkeypatch.chdir(tmp_path)
    config = load_config(file)
    assert config == load_config(photos)
    file.write_text("data: {name: photos, size: 24}\nbackbone: resnet8\n")
    other = load_config(file)
    assert (other.backbone.name, other.data.options, other.attention) == ("resnet8", {"size": 24}, config.attention)


def test_what_is_said_is_not_chosen(photos):
    config = load_config(photos, ["pretrain=digits-short", "data.size=[20, 30]", "backbone.name=resnet8"])
    assert config.pretrain.recipe == "digits-short"
    assert config.pretrain.epochs is None
    assert config.data.options == {"size": [20, 30]}
    config = load_config(photos, ["pretrain.epochs=7", "backbone.width=8"])
    assert (config.pretrain.recipe, config.pretrain.epochs) == ("cifar-one-cycle", 7)
    assert (config.backbone.name, config.backbone.options) == ("resnet20", {"width": 8})


def test_what_is_null_is_chosen_as_if_it_were_not_there(photos):
    config = load_config(photos, ["data.size=null", "backbone=resnet20"])
    assert config.data.options == {"size": 48}


def test_epochs_by_the_number_of_images_and_the_backbone_by_their_size():
    assert pretraining(50_000, 32).value == {"recipe": "cifar-one-cycle", "epochs": 30, "batch_size": 128, "rate": 0.2}
    assert pretraining(5_000, 32).value["epochs"] == 77
    assert pretraining(1_500, 8).value == {"recipe": "digits-one-cycle", "epochs": 100, "batch_size": 64, "rate": 0.1}
    assert pretraining(10, 32).value["batch_size"] == 10
    assert backbone(32).value == {"name": "resnet20"}
    assert backbone(128).value == {"name": "resnet18", "width": 32}
