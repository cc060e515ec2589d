"""The trackers of docs/trackers.md: MLflow itself, off line, and a stand-in with the signatures of W&B 0.31."""

import re
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import keras_ean as ean
from keras_ean.search import Evaluator, ReinforceOracle, SchemeTuner
from keras_ean.tracking import Tracker, Trackers

PAGE = Path(__file__).parents[2] / "docs" / "trackers.md"


class Told(Tracker):
    """Keeps what it is told, by name."""

    def __init__(self):
        self.values = defaultdict(list)

    def scalars(self, part, step, values):
        for name, value in values.items():
            self.values[f"{part}/{name}"].append((step, pytest.approx(value)))

    def image(self, part, step, name, pixels):
        self.picture = pixels


class Density(Evaluator):
    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": scheme.density} for scheme in schemes]


def tracker(imports):
    """The class of the block that imports this, made; the call of a whole run below it is left out."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    [block] = [block for block in blocks if f"import {imports}\n" in block]
    assert len([line for line in block.splitlines() if line]) <= 14
    names = {"ean": ean}
    exec(block.split("ean.Run(")[0], names)
    [found] = [one for one in names.values() if isinstance(one, type) and issubclass(one, Tracker)]
    return found()


def test_mlflow_keeps_a_search_and_a_training_in_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    told = Told()
    both = Trackers([tracker("mlflow"), told])
    SchemeTuner(None, ReinforceOracle((2, 2), max_steps=3, seed=0), evaluator=Density(), tracker=both).search(verbose=0)
    both.scalars("supernet", 1, {"training/loss": 2.0})
    run = mlflow.active_run().info
    mlflow.end_run()
    client = mlflow.MlflowClient("file:mlruns")

    def kept(name):
        return [(metric.step, metric.value) for metric in client.get_metric_history(run.run_id, name)]

    names = ("supernet/training/loss", "search/reward/total", "search/reward/sparsity", "search/probability/block_3")
    assert {name: kept(name) for name in names} == {name: told.values[name] for name in names}
    [picture] = client.list_artifacts(run.run_id, "search")
    pixels = Image.open(tmp_path / "mlruns" / run.experiment_id / run.run_id / "artifacts" / picture.path)
    np.testing.assert_array_equal(np.asarray(pixels), told.picture)


def test_weights_and_biases(monkeypatch):
    told = []

    def log(data, step=None, commit=None):
        told.append(data)

    def init(entity=None, project=None, dir=None, id=None, name=None, *, mode=None):
        assert (project, mode) == ("attention", "offline")
        return SimpleNamespace(log=log)

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    tracker("wandb").scalars("supernet", 1, {"training/loss": 2.0})
    assert told == [{"supernet/step": 1, "supernet/training/loss": 2.0}]
