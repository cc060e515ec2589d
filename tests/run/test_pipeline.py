import inspect
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import typer
from rich.console import Console

from keras_ean import Scheme, backend
from keras_ean.cli.run import pretrain
from keras_ean.run import Run, architecture, load_config, read_json, trainer
from keras_ean.run.export_source import open_source
from keras_ean.supernet import build_supernet
from keras_ean.training import Checkpoint, OutOfTime, TimeLimit

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
        "effects.png",
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
    monkeypatch.setattr("keras_ean.run.report.report.latencies", lambda *_, **__: pytest.fail("timed again"))
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda *_, **__: pytest.fail("read the images"))
    before = {path: path.stat().st_mtime_ns for path in finished.folder.path.rglob("*.keras")}
    Run(finished.folder.path, None, QUIET)()
    assert before == {path: path.stat().st_mtime_ns for path in finished.folder.path.rglob("*.keras")}


def test_an_export_from_the_folder_reads_no_images(finished, monkeypatch):
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda *_, **__: pytest.fail("read the images"))
    source = open_source(finished.folder.path, None, "found", 0)
    assert source.scheme == finished.search()
    assert source.sample(5).shape == (5, 8, 8, 1)
    assert source.options("saved_model", "float32")["class_names"] == tuple("0123456789")
    assert source.options("litert", "int8") == {"quantization": "int8"}


def test_a_chief_reads_no_images(finished, tmp_path, monkeypatch):
    run = beginning_as(finished, tmp_path / "run")
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda *_, **__: pytest.fail("read the images"))
    served = []
    monkeypatch.setattr("keras_ean.search.host.tuner.serve", served.append)
    assert run.score().stages == (1, 1, 1)
    assert len(served) == 1


def test_the_supernet_is_scored_under_any_scheme(finished):
    full, empty = (finished.evaluate_supernet([bit] * 3) for bit in (1, 0))
    assert full["loss"] != empty["loss"]


def test_a_network_that_is_not_trained_is_not_evaluated(finished):
    with pytest.raises(FileNotFoundError, match="keras-ean train .* --name found --seed 7"):
        finished.evaluate("found", 7)


def beginning_as(finished, folder, *overrides):
    """A run that has `finished`'s supernet."""
    folder.mkdir()
    shutil.copy(finished.folder.supernet_file, folder)
    return start(folder, *overrides)


def test_a_search_on_streamed_images_gives_the_same_scores(finished, tmp_path):
    run = beginning_as(finished, tmp_path / "streamed", "search.memory=0")
    assert run.search() == finished.search()
    truth, scores = (
        {str(evaluation.scheme): evaluation.metrics["loss"] for evaluation in one.tuner().evaluations()}
        for one in (finished, run)
    )
    assert scores == pytest.approx(truth, rel=1e-5)


def test_in_pieces_a_run_ends_as_a_whole_one(finished, tmp_path, capsys):
    folder, at_once = tmp_path / "pieces", 1e-9
    overrides = [*TINY, FORMATS]
    with pytest.raises(typer.Exit) as stopped:
        pretrain(None, folder, overrides, at_once)
    assert stopped.value.exit_code == 75
    assert "after epoch 1 of 2 (pre-train the supernet)" in capsys.readouterr().out.replace("\n", " ")

    def piece(stage):
        run = Run(folder, None, QUIET, TimeLimit(at_once))
        with pytest.raises(OutOfTime) as reason:
            getattr(run, stage)()
        return run, str(reason.value)

    assert "before the end of the search" in piece("search")[1]
    run, _ = piece("search")
    assert len(run.tuner().evaluations()) < len(finished.tuner().evaluations())
    run = Run(folder, None, QUIET)
    assert run.search() == finished.search()
    assert "after epoch 1 of 2 (train: found)" in piece("figures")[1]
    facts, truth = Run(folder, None, QUIET).figures(), finished.figures()
    assert {**facts, "seconds": 0} == {**truth, "seconds": 0}


def test_a_training_has_its_precision_and_what_is_kept_computes_in_float32(finished, tmp_path, monkeypatch):
    seen = {}

    def spy(model, *arguments, **options):
        seen.update(
            {layer.name: (layer.compute_dtype, layer.variable_dtype) for layer in model.layers if layer.weights}
        )

    monkeypatch.setattr(trainer, "fit", spy)
    monkeypatch.setattr(Checkpoint, "finished_epochs", 2)
    run = beginning_as(finished, tmp_path / "run", "train.precision=mixed_bfloat16", "keep=found")
    run.folder.write_scheme(Scheme("1 1 1"))
    network = run.train()
    attention = seen.pop("stage_0_attention")
    assert attention == ("bfloat16", "float32")
    assert seen.pop("logits") == ("float32", "float32")
    assert set(seen.values()) == {("bfloat16", "float32")}
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    assert run.figures()["precision"] == "mixed_bfloat16"
    saved = keras.models.load_model(run.folder.network("found", 0) / "model.keras")
    images = run.data.test.arrays()[0][:8]
    assert np.array_equal(saved.predict(images, verbose=0), network.predict(images, verbose=0))
    run.train("plain")
    with pytest.raises(FileNotFoundError, match="not kept"):
        run.train("plain")


def test_a_recipes_precision_and_dropout_are_those_of_the_run(finished, tmp_path, monkeypatch):
    options = "train={recipe: cifar-one-cycle, batch_size: 16}", "pretrain.recipe=wrn52-4-cifar"
    run = start(tmp_path / "run", "backbone=wrn-10-1", *options)
    assert trainer.resolve(run.config.train).precision == "float32"
    monkeypatch.setattr(backend, "accelerated", lambda: True)
    assert trainer.resolve(run.config.train).precision == "mixed_bfloat16"
    assert trainer.resolve(run.config.pretrain).precision == "float32"
    assert trainer.resolve(run.config.train).batch_size == 16
    assert [run.context.architecture.backbones[name].dropout for name in ("pretrain", "train")] == [0.3, 0]
    kept = []
    monkeypatch.setattr(backend, "keep_compiled", kept.append)
    by_hand = start(tmp_path / "other", "backbone={name: wrn-10-1, dropout: 0.1}", *options)
    assert by_hand.context.architecture.backbones["pretrain"].dropout == 0.1
    assert kept == [by_hand.folder.compiled]


def test_the_supernet_is_built_as_configured(tmp_path, monkeypatch):
    signature = inspect.signature(build_supernet)
    monkeypatch.setattr(
        architecture, "build_supernet", lambda *given, **named: signature.bind(*given, **named).arguments
    )
    asked = start(
        tmp_path / "run", "distill=0.5", "sampling=fair", "share=false", "seed=3"
    ).context.architecture.supernet()
    wanted = {"distill": 0.5, "sampling": "fair", "share": False, "seed": 3, "classes": 10}
    assert {name: asked[name] for name in wanted} == wanted


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
