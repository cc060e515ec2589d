"""What is said of a given model and its images before anything is trained, and that a refusal leaves nothing."""

import fcntl
import os
import re

import pytest

import keras_ean as ean
from keras_ean import improving
from keras_ean.run.refused import left_as_it_was
from tests.training.heads import compiled

SMALL = {"epochs": 1, "seeds": 1, "batch_size": 8}

# One set of images serves as all three here.
pytestmark = [pytest.mark.filterwarnings("ignore:.* are in both"), pytest.mark.usefixtures("eagerly", "sketched")]


def test_what_is_refused_leaves_nothing(tmp_path):
    model, (x, y) = compiled("logits, classes")
    for folder in (tmp_path, tmp_path / "new"):
        with pytest.raises(ValueError, match="the model's 3 classes are"):
            ean.improve(model, (x, y + 9), (x, y), (x, y), ["eca", "se"], folder=folder, verbose=False, **SMALL)
        assert not list(tmp_path.iterdir())


def test_what_somebody_else_has_put_into_the_folder_meanwhile_stays(tmp_path):
    folder = tmp_path / "new"

    @left_as_it_was(folder)
    def refused():
        (folder / "se").mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
        raise ValueError("The images do not fit.")

    with pytest.raises(ValueError, match="do not fit"):
        refused()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["softmax, one-hot", "one sigmoid, AUC"])
def test_the_plan_has_a_time_and_says_what_the_images_are_too_few_for(name, tmp_path, monkeypatch, capsys):
    model, (x, y) = compiled(name)
    parts = dict.fromkeys(("train", "validation", "test"), (x, y))
    monkeypatch.setattr(improving.Modules, "__call__", lambda self: None)
    ean.improve(model, **parts, attention=["se", "eca"], folder=tmp_path / "run", **SMALL)
    told = " ".join(capsys.readouterr().out.split())
    assert re.search("time about .* on this machine, in each of 2 runs: supernet .*, search .*, networks", told)
    assert "disk at most about" in told
    if "AUC" in name:  # Which no rule tells the resolution of.
        assert "note:" not in told
        return
    assert "note: 23 validation images tell two schemes in the search apart from about 12.9 points on" in told
    assert "note: 23 test images tell two networks in the verdict apart" in told
    assert "note: Fewer than 10 training images of class '" in told
    assert "note: The model as it was given names the class of" in told
    assert "no more than guessing one of 3 classes may. Look whether the images have the range of pixels" in told


def test_a_refused_run_of_one_module_leaves_no_lock_either(tmp_path):
    model, (x, y) = compiled("logits, classes")
    with pytest.raises(ValueError, match="the model's 3 classes are"):
        ean.improve(model, (x, y + 9), (x, y), (x, y), folder=tmp_path / "new", verbose=False, **SMALL)
    assert not list(tmp_path.iterdir())


def test_what_another_process_is_beginning_in_the_folder_stays(tmp_path):
    folder = tmp_path / "new"
    lock = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)

    @left_as_it_was(folder)
    def refused():
        folder.mkdir()
        (folder / "config.yaml").touch()
        (tmp_path / ".lock").rename(folder / ".lock")
        fcntl.flock(lock, fcntl.LOCK_EX)  # As held by another process, of which this one knows nothing.
        raise ValueError("The images do not fit.")

    with pytest.raises(ValueError, match="do not fit"):
        refused()
    os.close(lock)
    assert {path.name for path in folder.iterdir()} == {".lock", "config.yaml"}
