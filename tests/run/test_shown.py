"""What is sent to others names files, and not where they lie."""

from pathlib import Path

import pytest
import yaml

from keras_ean.run import shown
from keras_ean.run.config import Config
from keras_ean.run.model_source import ModelSource
from keras_ean.run.report.tested import MOST_NOTES, notes


@pytest.fixture(scope="module")
def config():
    model = ModelSource(name="/home/me/model.keras", weights="/home/me/w.weights.h5", imports=("/home/me/layers.py",))
    data = {"name": "/home/me/my photos", "data_dir": "/home/me/elsewhere"}
    plain = Config(data=data, attention="se", backbone="resnet8", pretrain={"recipe": "digits-short"})
    return plain.model_copy(update={"model": model, "backbone": None})


def test_paths_tell_nothing_of_the_machine(config):
    text = shown.as_yaml(config)
    assert "/home" not in text
    values = yaml.safe_load(text)
    assert values["data"] == {"name": "my photos", "data_dir": "elsewhere"}
    assert (values["model"]["name"], values["model"]["weights"]) == ("model.keras", "w.weights.h5")
    assert values["model"]["imports"] == ["layers.py"]
    assert values["pretrain"] == config.model_dump(mode="json")["pretrain"]


def test_a_title_has_the_last_parts_alone(config):
    assert shown.title(config) == "my photos · model.keras · se"


@pytest.mark.parametrize(("given", "named"), [("/home/me/runs/mine", "mine"), ("runs/mine", "runs/mine")])
def test_a_run_is_named_as_it_was_given_unless_that_tells_where_it_lies(given, named):
    assert shown.place(Path(given)) == Path(named)


def test_files_are_named_as_they_lie_in_their_folder():
    lines = [f"/photos/cats/{number}.txt: no image by its name" for number in range(MOST_NOTES + 2)]
    first, *_, last = notes("\n".join(lines), "/photos").split("\n")
    assert (first, last) == ("cats/0.txt: no image by its name", "2 more lines are in data.txt.")
    assert notes("cats/1.jpg is broken", "digits") == "cats/1.jpg is broken"
