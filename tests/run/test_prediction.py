"""Photos to class names, with the network and the preprocessing of a run."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from scipy.special import softmax
from typer.testing import CliRunner

from keras_ean.cli import app
from keras_ean.cli import predict as command  # noqa: F401
from keras_ean.data import CentreCrop
from keras_ean.exporting import Preprocess
from keras_ean.run import Run
from keras_ean.run.folder import RunFolder
from keras_ean.run.kept_images import Facts
from keras_ean.run.prediction import photos_in, predict
from tests.recorded import unpack

NAMES = ("cat", "dog", "owl")
FACTS = Facts((6, 8, 3), NAMES, Preprocess(mean=(0.5,), std=(0.2,), resize=9))


def brightness(activation=None):
    """A network whose outputs are the mean red, green and blue of an image."""
    inputs = keras.Input(FACTS.shape)
    outputs = keras.layers.GlobalAveragePooling2D()(inputs)
    return keras.Model(inputs, outputs if activation is None else keras.layers.Activation(activation)(outputs))


@pytest.fixture
def photos(tmp_path):
    """A folder of photos of three sizes, two of them of no good."""
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    random = np.random.default_rng(0)
    for name, size in {"a.png": (6, 8), "b.png": (40, 31), "deeper/c.png": (5, 90)}.items():
        Image.fromarray(random.integers(0, 256, (*size, 3)).astype("uint8")).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no photo")
    (folder / "notes.txt").write_text("no photo either")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


def test_photos_of_any_size_go_through_the_recorded_preprocessing(photos):
    files = photos_in([photos])
    assert [str(file.relative_to(photos)) for file in files] == ["a.png", "b.png", "broken.jpg", "deeper/c.png"]
    found = list(predict(brightness(), FACTS, files))
    assert [each.file for each in found] == files
    for each in (found[0], found[1], found[3]):
        crop = CentreCrop((6, 8), 9)([np.asarray(Image.open(each.file))])
        logits = ((crop / 255 - 0.5) / 0.2).mean(axis=(0, 1, 2))
        truth = np.exp(logits) / np.exp(logits).sum()
        assert each.error is None
        assert [each.probabilities[name] for name in NAMES] == pytest.approx(truth, abs=1e-5)
        assert each.label == NAMES[int(truth.argmax())]
        assert list(each.probabilities.values()) == sorted(truth, reverse=True) or sum(truth) == pytest.approx(1)
    assert (found[2].error, found[2].label) == ("no image", None)
    softened = predict(brightness("softmax"), FACTS, files[:1])
    assert next(softened).probabilities == pytest.approx(found[0].probabilities, abs=1e-6)


def test_a_photo_given_twice_is_told_twice_and_a_missing_one_does_not_stop_the_others(photos):
    again = [photos / "a.png", photos / "none.png", photos / "b.png", photos / "a.png"]
    first, missing, other, second = predict(brightness(), FACTS, again)
    assert first == second
    assert first.probabilities != other.probabilities
    assert missing.error == "No such file or directory"


def test_photos_that_no_network_of_this_kind_takes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="names the classes of photos, but this run's images have none"):
        next(predict(brightness(), replace(FACTS, class_names=()), []))
    deep = Facts((8, 8, 4), NAMES, Preprocess())
    with pytest.raises(ValueError, match="1 or 3 channels, but this network takes 4"):
        next(predict(brightness(), deep, [tmp_path / "a.png"]))
    with pytest.raises(FileNotFoundError, match="holds no image files"):
        photos_in([tmp_path])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run on digits, of an earlier version."""
    return unpack(tmp_path_factory.mktemp("recorded"), "run_finished") / "run_finished"


def digit(file, pixels):
    """A digit of scikit-learn's as a photo."""
    Image.fromarray((pixels[..., 0] * 255).round().astype("uint8")).save(file)
    return file


def call(*arguments):
    return CliRunner().invoke(app, ["predict", *map(str, arguments)])


def test_a_run_predicts_as_its_network_does_on_its_own_images(run, tmp_path):
    found = Run(run, None, Console(quiet=True))
    test = found.data.test
    files = [digit(tmp_path / f"{row:02}.png", test.images[row]) for row in range(12)]
    predictions = found.predict(tmp_path, "found")
    network = keras.models.load_model(found.folder.network("found", 0) / "model.keras")
    truth = softmax(network.predict(test.take(np.arange(12)).arrays()[0], verbose=0), axis=-1)
    assert [each.file for each in predictions] == files
    told = [[each.probabilities[name] for name in "0123456789"] for each in predictions]
    np.testing.assert_allclose(told, truth, atol=0.01)  # A photo has whole grey levels.


def test_the_command_prints_classes_and_names_broken_photos_after_the_others(run, tmp_path):
    good, bad = digit(tmp_path / "b.png", np.ones((8, 8, 1))), tmp_path / "a.jpg"
    bad.write_bytes(b"no photo")
    result = call(run, bad, good, "--name", "found", "--top", 2)
    assert result.exit_code == 2
    assert result.stderr == f"keras-ean: {bad}: no image\n"
    [line] = result.stdout.splitlines()
    assert line.startswith(f"{good}: ")
    assert line.count(" %") == 2
    result = call(run, good, "--name", "found", "--json", "--top", 10)
    assert result.exit_code == 0
    facts = json.loads(result.stdout)
    assert facts["image"] == str(good)
    assert facts["class"] == max(facts["probabilities"], key=facts["probabilities"].get)
    assert set(facts["probabilities"]) == set("0123456789")
    assert sum(facts["probabilities"].values()) == pytest.approx(1)


def test_without_a_verdict_a_network_must_be_named_and_with_one_it_is_the_recommended(run, tmp_path, monkeypatch):
    photo = digit(tmp_path / "a.png", np.ones((8, 8, 1)))
    result = call(run, photo)
    assert "no verdict yet" in str(result.exception)
    assert f"keras-ean run --out {run}" in str(result.exception)
    asked = []
    RunFolder(run).write_json(run / "verdict.json", {"recommended": "shared"})
    network = Run.network
    monkeypatch.setattr(Run, "network", lambda self, *which: asked.append(which) or network(self, *which))
    found = Run(run, None, Console(quiet=True)).predict(photo)
    assert asked == [("shared", 0)]
    assert len(found) == 1
    (tmp_path / "b.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"1 photo\(s\) cannot be read: .*b.png: empty file"):
        Run(run, None, Console(quiet=True)).predict([photo, Path(tmp_path / "b.png")])
