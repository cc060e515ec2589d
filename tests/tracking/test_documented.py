"""The trackers of docs/look.md, on stand-ins with the signatures of MLflow 3.17 and W&B 0.31, with which they ran."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import keras_ean as ean
from keras_ean.tracking import Tracker

PAGE = Path(__file__).parents[2] / "docs" / "look.md"


@pytest.fixture
def told(monkeypatch):
    """What the stand-ins are told."""
    told = []

    def log_metrics(metrics, step=None, synchronous=None, run_id=None, timestamp=None, model_id=None, dataset=None):
        told.extend((name, step, value) for name, value in metrics.items())

    def log_image(image, artifact_file=None, key=None, step=None, timestamp=None, synchronous=False):
        told.append((artifact_file, step, image.shape))

    def log(data, step=None, commit=None):
        told.append(data)

    def init(entity=None, project=None, dir=None, id=None, name=None, *, mode=None):
        assert (project, mode) == ("attention", "offline")
        return SimpleNamespace(log=log)

    mlflow = SimpleNamespace(log_metrics=log_metrics, log_image=log_image, set_tracking_uri=lambda uri: None)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    return told


def tracker(imports):
    """The class of the block that imports this, made; the call of a whole run below it is left out."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    [block] = [block for block in blocks if f"import {imports}\n" in block]
    assert len([line for line in block.splitlines() if line]) <= 14
    names = {"ean": ean}
    exec(block.split("ean.Run(")[0], names)
    [found] = [one for one in names.values() if isinstance(one, type) and issubclass(one, Tracker)]
    return found()


def test_mlflow(told):
    mlflow = tracker("mlflow")
    mlflow.scalars("search", 3, {"reward/total": 0.5})
    mlflow.image("search", 3, "schemes", np.zeros((2, 3, 3), "uint8"))
    mlflow.trial("search", 0, {"block_0": True}, {"reward": 0.5})  # Of which it keeps nothing.
    assert told == [("search/reward/total", 3, 0.5), ("search/schemes-3.png", None, (2, 3, 3))]


def test_weights_and_biases(told):
    tracker("wandb").scalars("supernet", 1, {"training/loss": 2.0})
    assert told == [{"supernet/step": 1, "supernet/training/loss": 2.0}]
