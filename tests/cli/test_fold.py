import importlib

import keras
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import keras_ean as ean
from keras_ean.cli import app
from tests.small_backbone import Small

importlib.import_module("keras_ean.cli.fold")
runner = CliRunner()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model of two classes, and images of two classes in folders."""
    folder = tmp_path_factory.mktemp("fold")
    ean.build_network(Small((1,)), "se", "1", (8, 8, 1), 2, name="mine").save(folder / "model.keras")
    generator = np.random.default_rng(0)
    for label in "ab":
        (folder / "images" / label).mkdir(parents=True)
        for index in range(20):
            pixels = generator.integers(0, 256, (8, 8), dtype="uint8")
            Image.fromarray(pixels).save(folder / "images" / label / f"{index}.png")
    return folder


def test_gates(saved):
    result = runner.invoke(app, ["gates", str(saved / "model.keras")])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[2].split() == ["stage_0_attention", "SE", "stage_0_block_0_norm", "8×8×4"]


def test_fold(saved):
    output = saved / "new" / "folded.keras"
    options = ["--data", str(saved / "images"), "--tolerance", "100", "--pixels", "bytes", "--rounds", "0"]
    result = runner.invoke(app, ["fold", str(saved / "model.keras"), *options, "--calibrate", "8", "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert "1 of 1 gates folded" in result.output
    assert "On the test images: " in result.output
    folded = keras.models.load_model(output)
    assert not [layer.name for layer in folded.layers if "attention" in layer.name]
    # BatchNorm saw pixels of 0 to 255.
    assert np.abs(folded.get_layer("stem_norm").moving_mean).max() > 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "folded.h5"], "written as a .keras file"),
        (["-o", "folded.keras", "--data", "digits"], "10 classes, and the model 2 outputs: give --own-classes"),
    ],
)
def test_errors(saved, arguments, message):
    result = runner.invoke(app, ["fold", str(saved / "model.keras"), "--data", str(saved / "images"), *arguments])
    assert isinstance(result.exception, ValueError)
    assert message in str(result.exception)
