import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_ean import Scheme
from keras_ean.config import load_config
from keras_ean.folder import read_json
from keras_ean.run import Run

TINY = (
    "data={name: digits, light: true, train: 40, draws: 2}",
    "backbone={name: resnet8, width: 4}",
    "pretrain.epochs=2",
    "train.epochs=2",
    "search={calibrate: 32, options: {max_steps: 3, samples_per_step: 2}}",
)
NETWORKS = ("found", "plain", "unshared", "shared", "random")
FORMATS = "export=[saved_model]" if keras.backend.backend() == "tensorflow" else "export=[]"
QUIET = Console(quiet=True)


def start(folder, *overrides):
    return Run(folder, load_config(None, [*TINY, FORMATS, *overrides]), QUIET)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run = start(tmp_path_factory.mktemp("runs") / "whole")
    run()
    return run


def figures(folder):
    metrics = {name: read_json(folder / "networks" / f"{name}-0" / "metrics.json") for name in NETWORKS}
    for facts in metrics.values():
        facts.pop("seconds")
    return metrics


def test_everything_is_in_the_folder(finished):
    folder = finished.folder
    for name in NETWORKS:
        assert (folder.network(name, 0) / "model.keras").is_file()
    assert {path.name for path in folder.report.iterdir()} == {
        "report.md",
        "report.json",
        "scheme.png",
        "comparison.png",
        "search.png",
    }
    assert not list((folder.path / "checkpoints").iterdir())
    assert finished.config == folder.config()
    assert (folder.exports / "saved_model").exists() == (FORMATS == "export=[saved_model]")


def test_networks_have_the_schemes_that_they_stand_for(finished):
    found = finished.search()
    facts = figures(finished.folder.path)
    assert Scheme(facts["plain"]["scheme"]).density == 0
    assert Scheme(facts["shared"]["scheme"]).density == Scheme(facts["unshared"]["scheme"]).density == 1
    assert Scheme(facts["found"]["scheme"]) == found
    assert Scheme(facts["random"]["scheme"]).density == found.density
    assert facts["unshared"]["parameters"] >= facts["shared"]["parameters"] > facts["plain"]["parameters"]


def test_reported_accuracy_is_that_of_the_saved_network(finished):
    network = keras.models.load_model(finished.folder.network("shared", 0) / "model.keras")
    images, labels = finished.data.test.arrays()
    hits = network.predict(images, verbose=0).argmax(-1) == labels
    assert figures(finished.folder.path)["shared"]["accuracy"] == pytest.approx(np.mean(hits), abs=1e-6)
    assert finished.evaluate("shared")["accuracy"] == pytest.approx(np.mean(hits), abs=1e-6)


def test_nothing_that_is_finished_is_done_again(finished, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("trained again"))
    before = {path: path.stat().st_mtime_ns for path in finished.folder.path.rglob("*.keras")}
    Run(finished.folder.path, None, QUIET)()
    assert before == {path: path.stat().st_mtime_ns for path in finished.folder.path.rglob("*.keras")}


def test_the_supernet_is_scored_under_any_scheme(finished):
    full, empty = (finished.evaluate_supernet([bit] * 3) for bit in (1, 0))
    assert full["loss"] != empty["loss"]


def test_a_network_that_is_not_trained_is_not_evaluated(finished):
    with pytest.raises(FileNotFoundError, match="keras-ean train .* --name found --seed 7"):
        finished.evaluate("found", 7)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("backbone.name=resnet21", "Unknown backbone 'resnet21'"),
        ("attention.reduktion=4", "Unknown option 'reduktion'. Did you mean 'reduction'"),
        ("train.recipe=none", "Unknown recipe 'none'"),
        ("search.oracle=reinforced", "Did you mean 'reinforce'"),
        ("search.options.max_stepz=3", "max_stepz"),
        ("sampling=bernouli", "Did you mean 'bernoulli'"),
        ("data.name=digitz", "digitz"),
        ("export=[saved_modle]", "Did you mean 'saved_model'"),
    ],
)
def test_names_are_checked_before_any_work(tmp_path, override, message):
    folder = tmp_path / "run"
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        start(folder, override)
    assert not folder.exists()


STAGES = {
    "pretrain": "checkpoints/pretrain/epoch-*.npz",
    "search": "search/search.sqlite",
    "train": "checkpoints/plain-0/epoch-*.npz",
}


@pytest.mark.tensorflow
def test_killed_in_every_stage_a_run_ends_as_an_uninterrupted_one(finished, tmp_path):
    folder = tmp_path / "killed"
    arguments = [argument for override in (*TINY, FORMATS) for argument in ("--set", override)]
    command = [Path(sys.executable).with_name("keras-ean"), "run", "--out", folder, *arguments]
    for pattern in STAGES.values():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 240
        while not list(folder.glob(pattern)):
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    Run(folder, None, QUIET)()
    assert figures(folder) == figures(finished.folder.path)
    assert Run(folder, None, QUIET).search() == finished.search()
