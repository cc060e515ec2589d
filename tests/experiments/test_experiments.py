import importlib.util
import inspect
import json
from pathlib import Path

import keras
import pytest
import typer

from keras_ean import attention, backbones, recipes, search
from keras_ean.data import Options
from keras_ean.data.sources.tfds import load_tfds
from keras_ean.run import load_config, networks
from tests.small_backbone import known_by_name

HERE = Path(__file__).parents[2] / "experiments"
SPEC = importlib.util.spec_from_file_location("experiments_run", HERE / "run.py")
experiments = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(experiments)


@pytest.mark.parametrize("name", experiments.experiments())
def test_every_experiment_resolves(name):
    config = load_config(HERE / f"{name}.yaml")
    backbone = backbones.get(config.backbone.name, **config.backbone.options)
    attention.get(config.attention.name, **config.attention.options)
    assert search.get(config.search.oracle, backbone.stages, "accuracy", **config.search.options).max_steps
    own = inspect.signature(load_tfds).parameters
    Options(**{key: value for key, value in config.data.options.items() if key not in own})
    for training in (config.pretrain, config.train):
        recipes.get(training.recipe).optimizer(10)
    # The paper's comparison; it folds nothing.
    assert {name for name in networks.RIVALS if networks.NETWORKS[name].folds is None} == set(config.compare)
    assert (config.seeds, config.start) == (3, "scratch")


def test_the_readme_lists_every_experiment():
    text = (HERE / "README.md").read_text()
    assert all(f"| {name} |" in text for name in experiments.experiments())


@pytest.mark.usefixtures("eagerly", "timed_briefly", "sketched")
def test_a_row_in_small(tmp_path):
    overrides = [
        "data={name: digits, light: true, train: 40, draws: 2}",
        "backbone={name: small, stages: [1, 1, 1]}",
        "pretrain={recipe: digits-short, epochs: 1}",
        "train={recipe: digits-short, epochs: 1}",
        "search={calibrate: 32, options: {max_steps: 2, samples_per_step: 2}}",
        "compare=[plain, heuristic, genetic]",
        "export=[]",
        "seeds=1",
    ]
    name = "cifar10-jpeg-resnet20-se"
    folder = tmp_path / name
    with known_by_name():
        with pytest.raises(typer.Exit) as stopped:
            experiments.main([name], tmp_path, overrides, minutes=1e-9)
        assert stopped.value.exit_code == 75
        assert not (folder / "row.json").exists()
        experiments.main([name], tmp_path, overrides)
    result = json.loads((folder / "row.json").read_text())
    rows = {row["network"]: row for row in result["row"]}
    assert rows.keys() == {"found", "plain", "shared", "random", "heuristic", "genetic"}
    assert rows["plain"]["parameters"] == rows["plain"]["inference time"] == 0
    found, heuristic = rows["found"]["schemes"][0], rows["heuristic"]["schemes"][0]
    assert found.count("1") == heuristic.count("1")
    assert (rows["found"]["parameters"] > 0) == ("1" in found)
    assert result["machine"]["backend"] == keras.backend.backend()
    assert result["commits"] == [experiments.commit()]
    assert (folder / "search-evolution/scheme.json").is_file()


def test_increments_and_spread():
    def training(name, accuracy, parameters):
        return {
            "name": name,
            "scheme": "1 0",
            "accuracy": accuracy,
            "images": 100,
            "parameters": parameters,
            "flops": None,
            "latency_ms": 2,
        }

    plain, found = experiments.table(
        [training("plain", 0.5, 100), training("found", 0.6, 110), training("found", 0.7, 110)]
    )
    assert plain["sd"] is None
    assert (found["mean"], found["sd"]) == (65, 7.07)
    assert (found["parameters"], found["flops"], found["inference time"]) == (10, None, 0)
