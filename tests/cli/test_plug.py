import importlib

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from keras_ean.backbones import get
from keras_ean.cli import app
from keras_ean.supernet.network import build_network

importlib.import_module("keras_ean.cli.plug")
runner = CliRunner()


@pytest.fixture
def saved(tmp_path):
    model = build_network(get("resnet20", width=4), "se", "000 000 000", (8, 8, 1), classes=3, name="mine")
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_attachments(saved, tmp_path):
    result = runner.invoke(app, ["attachments", str(saved), "--plot", str(tmp_path / "places.svg")])
    assert result.exit_code == 0, result.output
    assert "9 places of mine, stages (3, 3, 3)" in result.output
    assert "stage_2_block_2_add" in result.output
    assert (tmp_path / "places.svg").stat().st_size > 2000


def test_plug(saved, tmp_path):
    output = tmp_path / "new" / "plugged.keras"
    options = ["--attention", "sge", "--scheme", "100 000 011", "--identity-init", "-o", str(output)]
    result = runner.invoke(app, ["plug", str(saved), *options])
    assert result.exit_code == 0, result.output
    model, plugged = map(keras.models.load_model, (saved, output))
    assert {layer.name for layer in plugged.layers} - {layer.name for layer in model.layers} == {
        "stage_0_attention",
        "stage_2_attention",
    }
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(network(x)) for network in (plugged, model)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["attachments", "missing.keras"], FileNotFoundError, "no model file 'missing.keras'"),
        (["plug", "MODEL", "-o", "plugged.h5"], ValueError, "written as a .keras file"),
        (["plug", "MODEL", "--attention", "sf", "-o", "plugged.keras"], ValueError, "Unknown attention module 'sf'"),
        (["attachments", "MODEL", "--at", "logits"], ValueError, "layer 'logits' gives"),
    ],
)
def test_errors(saved, arguments, error, message):
    result = runner.invoke(app, [str(saved) if argument == "MODEL" else argument for argument in arguments])
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
