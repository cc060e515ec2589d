"""Small whole runs on digits."""

import keras
from rich.console import Console

from keras_ean.run import Run, load_config, read_json

TINY = (
    "data={name: digits, light: true, train: 40, draws: 2}",
    "backbone={name: small, stages: [1, 1, 1]}",
    "pretrain.epochs=2",
    "tune.epochs=2",
    "seeds=2",
    "compare=[]",
    "search={calibrate: 32, options: {max_steps: 3, samples_per_step: 2}}",
)
NETWORKS = ("found", "plain", "shared", "random")
FORMATS = "export=[saved_model]" if keras.backend.backend() == "tensorflow" else "export=[]"
QUIET = Console(quiet=True)


def start(folder, *overrides):
    return Run(folder, load_config(None, [*TINY, FORMATS, *overrides]), QUIET)


def figures(folder):
    metrics = {name: read_json(folder / "networks" / f"{name}-0" / "metrics.json") for name in NETWORKS}
    for facts in metrics.values():
        facts.pop("seconds")
    return metrics
