import importlib
import json

from typer.testing import CliRunner

import keras_ean as ean
from keras_ean.cli import app
from tests.small_backbone import Small

importlib.import_module("keras_ean.cli.cost")


def test_cost(tmp_path):
    ean.build_network(Small((1,)), "se", "1", (8, 8, 1), 2, name="mine").save(tmp_path / "model.keras")
    options = ["--batch", "2", "--rounds", "2", "--layers", "--json", str(tmp_path / "cost.json")]
    result = CliRunner().invoke(app, ["cost", str(tmp_path / "model.keras"), *options])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("mine, one image of 8×8×1\nparameters ")
    assert "stage_0_attention" in result.output
    assert json.loads((tmp_path / "cost.json").read_text())["latencies"][0]["batch_size"] == 2
