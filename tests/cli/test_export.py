import importlib
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import keras_ean as ean
from keras_ean.cli import app

importlib.import_module("keras_ean.cli.export")
runner = CliRunner()


@pytest.fixture
def saved(tmp_path):
    network = ean.build_network(ean.backbones.get("resnet8", width=4), "se", "1 0 1", (8, 8, 1), classes=10)
    network.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here")
def test_file_with_data(saved, tmp_path):
    formats = ["-f", "saved_model", "-f", "litert", "--quantization", "float16"]
    result = runner.invoke(app, ["export", str(saved), "--data", "digits", "--images", "20", *formats])
    assert result.exit_code == 0, result.output
    assert "scheme 1 0 1" in result.output
    receipt = json.loads((tmp_path / "exports" / "saved_model" / "receipt.json").read_text())
    assert receipt["options"]["class_names"] == list("0123456789")
    assert receipt["images"] == "20 images given"
    receipt = json.loads((tmp_path / "exports" / "litert.tflite.receipt.json").read_text())
    assert receipt["options"]["quantization"] == "float16"
    assert receipt["options"]["class_names"] == list("0123456789")
    assert receipt["options"]["preprocess"]["scale"] == pytest.approx(1 / 255)


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here")
def test_photos_of_any_size_are_brought_to_what_the_network_takes(tmp_path):
    generator = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(8):
            pixels = generator.integers(0, 256, (*generator.integers(20, 60, 2), 3), dtype="uint8")
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    network = ean.build_network(ean.backbones.get("resnet8", width=4), "se", "1 0 1", (16, 12, 3), classes=2)
    network.save(tmp_path / "model.keras")
    arguments = ["--data", str(tmp_path / "pets"), "--images", "4", "-f", "keras"]
    result = runner.invoke(app, ["export", str(tmp_path / "model.keras"), *arguments])
    assert result.exit_code == 0, result.exception
    assert "images given" in result.output


def test_unknown_format(saved):
    result = runner.invoke(app, ["export", str(saved), "-f", "onx"])
    assert isinstance(result.exception, ValueError)
    assert "Did you mean 'onnx'" in str(result.exception)


def test_nothing_there(tmp_path):
    result = runner.invoke(app, ["export", str(tmp_path / "model.keras")])
    assert isinstance(result.exception, FileNotFoundError)
