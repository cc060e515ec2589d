"""The other experiments, in small."""

import sys

import numpy as np
import pytest

import keras_ean as ean
from keras_ean import backbones, data
from keras_ean.training import OutOfTime, TimeLimit
from tests.small_backbone import Small

from .test_experiments import HERE

SCRIPTS = ("run", "improve", "transfer", "segmentation", "short_recipe", "precision", "looking")


@pytest.fixture(autouse=True)
def _scripts(monkeypatch, eagerly):
    monkeypatch.syspath_prepend(str(HERE))
    for name in SCRIPTS:  # The tests of keras_ean.run are a package of the name "run", too.
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield
    for name in SCRIPTS:
        sys.modules.pop(name, None)


def test_transfer_between_two_halves_of_the_classes(monkeypatch):
    import transfer

    digits = data.load("digits", light=True, train=100, draws=1)
    source, target = (transfer.half(digits, first) for first in (True, False))
    assert source.class_names == ("0", "1", "2", "3", "4")
    assert target.class_names == ("5", "6", "7", "8", "9")
    assert len(source.train) + len(target.train) == len(digits.train)
    assert set(target.test.labels) == set(range(5))
    assert np.bincount(transfer.few(target.train, 3, seed=0).labels).tolist() == [3] * 5
    monkeypatch.setattr(backbones, "get", lambda *_, **__: Small((1, 1, 1)))
    rows = transfer.transfers(digits, transfer.QUICK, seeds=1, say=lambda _: None)
    assert [(row["network"], row["mode"]) for row in rows] == [
        (network, mode) for network in ("plain", "shared", "found") for mode in transfer.MODES
    ]
    assert all(0 <= row["accuracy"] <= 1 for row in rows)
    assert "| plain | `0 0 0` |" in transfer.table(rows)


def test_segmentation_of_generated_scenes():
    import segmentation

    images, classes = segmentation.scenes(20, 32, seed=0)
    assert images.shape == (20, 32, 32, 1)
    assert set(np.unique(classes)) == {0, 1, 2, 3}
    assert np.array_equal(segmentation.scenes(20, 32, seed=0)[1], classes)

    class Truth:
        def predict(self, images, verbose):
            return np.eye(4)[classes]

    assert segmentation.mean_iou(Truth(), images, classes) == 1
    assert segmentation.mean_iou(Truth(), images, np.zeros_like(classes)) < 0.3
    rows = segmentation.segmentations(seeds=1, train=8, test=8, epochs=1, size=16, width=4)
    assert [row["network"] for row in rows] == list(segmentation.SCHEMES)


def test_the_short_recipe_against_the_papers_goes_on_where_it_stopped(tmp_path):
    import short_recipe

    digits, backbone = data.load("digits", train=100), backbones.get("resnet8", width=4)

    def compare(limit, folder=tmp_path / "stopped"):
        return short_recipe.compare(digits, backbone, 2, [1], 1, folder, limit)

    for _ in range(2):
        with pytest.raises(OutOfTime):
            compare(TimeLimit(1e-9))
    rows = compare(TimeLimit(1e-9))
    assert [(row["recipe"], row["epochs"]) for row in rows] == [("cifar-one-cycle", 1), ("resnet164-cifar", 2)]
    assert "| resnet164-cifar | 2 |" in short_recipe.table(rows)
    assert [row["accuracy"] for row in compare(TimeLimit(), tmp_path / "whole")] == [row["accuracy"] for row in rows]


def test_reduced_precision_against_float32():
    import precision

    digits, backbone = data.load("digits", light=True, train=20), backbones.get("resnet8", width=4)
    rows = [
        precision.one(digits, backbone, policy, seed=0, epochs=1, supernet_epochs=1, schemes=4)
        for policy in ("float32", "mixed_float16")
    ]
    assert rows[0]["tau"] == 1
    assert rows[0]["accuracy"] != rows[1]["accuracy"] or rows[0]["scores"] != rows[1]["scores"]
    text = precision.table([{**row, "policy": policy} for policy in precision.POLICIES for row in rows[:1]])
    assert "| mixed_bfloat16 |" in text
    assert text.endswith("| 0.0 |")


def test_improve_makes_its_models_and_reads_its_images(tmp_path):
    import improve
    from PIL import Image

    random = np.random.default_rng(0)
    for split in ("train", "test"):
        for label in range(10):
            (tmp_path / split / f"class{label}").mkdir(parents=True)
            for number in range(4):
                pixels = random.integers(0, 256, (32, 32, 3), "uint8")
                Image.fromarray(pixels).save(tmp_path / split / f"class{label}" / f"{number}.jpg")
    parts = improve.images(tmp_path, train=2, validation=1)
    assert {name: len(y) for name, (x, y) in parts.items()} == {"train": 20, "validation": 10, "test": 40}
    assert parts["train"][0].max() > 200
    model = improve.fitted(improve.cnn(), parts["train"], 1e-3, 1)
    assert model.compiled
    assert ean.attachment_points(model).stages == (2, 2, 2)


def test_curves_of_three_networks_are_kept(tmp_path, monkeypatch):
    import looking

    def trained(scheme, images, seed, epochs):
        return ean.build_network(Small((1, 1)), "se", scheme, images.shape, images.classes)

    monkeypatch.setattr(looking, "trained", trained)
    monkeypatch.setattr(looking, "SCHEMES", {"none": "0 0", "found": "0 1"})
    rows = looking.experiment(tmp_path, seeds=1, epochs=1, images=4, steps=2)
    text = looking.table(rows)
    assert [line.split("|")[1].strip() for line in text.splitlines()] == ["network", "---", "none", "found"]
    assert all(0 < row[0]["grad-cam deletion"] < 1 for row in rows.values())
    monkeypatch.setattr(looking, "trained", None)
    assert looking.table(looking.experiment(tmp_path, seeds=1, epochs=1, images=4, steps=2)) == text
