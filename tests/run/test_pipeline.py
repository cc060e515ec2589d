import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import typer

from keras_ean import Scheme
from keras_ean.cli.run import pretrain
from keras_ean.run import Run, read_json, trainer
from keras_ean.run.export_source import open_source
from keras_ean.run.report import captions
from keras_ean.run.speed import Pace, Speed
from keras_ean.run.stages.network import Network
from keras_ean.training import Checkpoint, OutOfTime, TimeLimit
from tests.run.starting import FORMATS, NETWORKS, QUIET, TINY, figures, start

pytestmark = [pytest.mark.backends, pytest.mark.usefixtures("no_detours", "sketched")]


def test_everything_is_in_the_folder(finished):
    folder = finished.folder
    for name in NETWORKS:
        for seed in range(2):
            assert (folder.network(name, seed) / "model.keras").is_file()
    pictures = {
        "comparison",
        "confusion",
        "curves",
        "effects",
        "judged",
        "looks",
        "pareto",
        "rewards",
        "scheme",
        "search",
    }
    assert {path.name for path in folder.report.iterdir()} - {"recommended.png", "recommended.svg"} == {
        *("report.md", "report.html", "report.json", "costs.json", "judged.npz", "looks.npz", "pareto.json"),
        *(f"{name}.{suffix}" for name in pictures for suffix in ("png", "svg")),
    }
    assert not list((folder.path / "checkpoints").iterdir())
    assert finished.config == folder.config()
    assert (folder.exports / "saved_model").exists() == (FORMATS == "export=[saved_model]")


def test_networks_have_the_schemes_that_they_stand_for(finished):
    found = finished.search()
    facts = figures(finished.folder.path)
    assert Scheme(facts["plain"]["scheme"]).density == 0
    assert Scheme(facts["shared"]["scheme"]).density == 1
    assert Scheme(facts["found"]["scheme"]) == found
    assert Scheme(facts["random"]["scheme"]).density == found.density
    assert facts["random"]["scheme"] != facts["found"]["scheme"] or found.density in (0, 1)
    assert facts["shared"]["parameters"] > facts["plain"]["parameters"]
    assert finished.scheme("random", 0) == finished.scheme("random", 1)


def test_reported_accuracy_is_that_of_the_saved_network(finished):
    network = keras.models.load_model(finished.folder.network("shared", 0) / "model.keras")
    images, labels = finished.data.test.arrays()
    hits = network.predict(images, verbose=0).argmax(-1) == labels
    assert figures(finished.folder.path)["shared"]["accuracy"] == pytest.approx(np.mean(hits), abs=1e-6)
    again = finished.evaluate("shared")
    assert again["accuracy"] == pytest.approx(np.mean(hits), abs=1e-6)
    assert again["loss"] == pytest.approx(figures(finished.folder.path)["shared"]["loss"], rel=1e-5)


def test_nothing_that_is_finished_is_done_again(finished, monkeypatch, tmp_path):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("trained again"))
    monkeypatch.setattr("keras_ean.run.measured.latencies", lambda *_, **__: pytest.fail("timed again"))
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda *_, **__: pytest.fail("read the images"))
    folder = shutil.copytree(finished.folder.path, tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.keras")}
    Run(folder, None, QUIET)()
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*.keras")}


def test_networks_start_from_the_supernet_as_the_search_scored_them(finished, tmp_path, monkeypatch):
    run = beginning_as(finished, tmp_path / "run")
    run.folder.write_scheme(scheme := finished.search())
    started = {}
    monkeypatch.setattr(trainer, "evaluate", lambda *_, **__: pytest.fail("a second pass over the test images"))
    monkeypatch.setattr(trainer, "fit", lambda model, *_, **__: started.update({model.name: model}))
    monkeypatch.setattr(Checkpoint, "finished_epochs", 2)
    network, other = run.train("found"), run.train("plain", 1)
    assert set(started) == {"found", "plain"}
    images, labels = run.data.validation.arrays()
    score = np.mean(network.predict(images, verbose=0).argmax(-1) == labels)
    [truth] = finished.evaluator().score([scheme])
    assert score == pytest.approx(truth["accuracy"], abs=1e-6)
    [truth] = finished.evaluator().score([Scheme("0 0 0")])
    assert np.mean(other.predict(images, verbose=0).argmax(-1) == labels) == pytest.approx(truth["accuracy"], abs=1e-6)


@pytest.mark.tensorflow
def test_networks_that_are_compared_see_the_same_images_in_the_same_order(finished, tmp_path, monkeypatch):
    run = beginning_as(finished, tmp_path / "run")
    run.folder.write_scheme(finished.search())
    orders = {}

    def spy(model, batches, epochs, *_, **__):
        orders.setdefault(model.name, []).append(np.concatenate([labels for _, labels in batches]).tolist())

    monkeypatch.setattr(trainer, "fit", spy)
    monkeypatch.setattr(Checkpoint, "finished_epochs", 2)
    for name in ("plain", "shared"):
        for seed in range(2):
            run.train(name, seed)
    assert orders["plain"] == orders["shared"]
    assert orders["plain"][0] != orders["plain"][1]


@pytest.mark.tensorflow
def test_the_verdict_stands_on_every_networks_answers(finished):
    verdict = finished.verdict()
    facts = read_json(finished.folder.path / "verdict.json")
    assert facts["pays"] == verdict.pays
    assert facts["recommended"] == verdict.recommended == finished.recommended().compared.name
    assert verdict.seeds == 2
    images, labels = finished.data.test.arrays()
    assert verdict.images == len(labels)
    for name in NETWORKS:
        networks = [keras.models.load_model(finished.folder.network(name, seed) / "model.keras") for seed in range(2)]
        hits = [np.mean(network.predict(images, verbose=0).argmax(-1) == labels) for network in networks]
        assert verdict.accuracy[name] == pytest.approx(np.mean(hits), abs=1e-6)
        assert verdict.costs[name].live == sum(finished.scheme(name).bits)
    text = (finished.folder.report / "report.md").read_text()
    assert verdict.sentence() in text
    assert text.index(verdict.sentence()) < text.index("| network |")
    assert "Images seen in training: the supernet 128, each network 128 more, from its weights." in text
    assert captions.agreement(verdict) in text
    for picture in finished.folder.report.glob("*.png"):
        assert f"]({picture.name})" in text


@pytest.mark.tensorflow
def test_the_recommended_network_is_exported_and_another_one_after_another_verdict(finished, tmp_path, monkeypatch):
    folder = shutil.copytree(finished.folder.path, tmp_path / "run")
    run = Run(folder, None, QUIET)
    receipt = read_json(folder / "exports/saved_model/receipt.json")
    assert receipt["scheme"] == str(run.recommended().scheme())
    assert open_source(folder, None, None, 0).scheme == run.recommended().scheme()
    other = next(name for name in ("plain", "shared") if name != run.verdict().recommended)
    monkeypatch.setattr(Run, "recommended", lambda self: self.network(other))
    before = (folder / "exports/saved_model/saved_model.pb").stat().st_mtime_ns
    run.export()
    assert read_json(folder / "exports/saved_model/receipt.json")["scheme"] == str(run.scheme(other))
    after = (folder / "exports/saved_model/saved_model.pb").stat().st_mtime_ns
    run.export()
    assert (folder / "exports/saved_model/saved_model.pb").stat().st_mtime_ns == after > before


def test_more_seeds_go_on_from_there_and_repeat_nothing(finished, tmp_path, monkeypatch):
    folder = shutil.copytree(finished.folder.path, tmp_path / "run")
    more = finished.config.model_copy(update={"seeds": 3})
    trained = []
    monkeypatch.setattr(Network, "make", lambda self: trained.append((self.compared.name, self.seed)))
    run = Run(folder, more, QUIET)
    for network in run.compared():
        network()
    assert trained == [(name, 2) for name in run.config.compared]
    assert Run(folder, None, QUIET).config == more
    with pytest.raises(ValueError, match="seeds: 3 there, 2 asked for"):
        Run(folder, finished.config, QUIET)
    with pytest.raises(ValueError, match="distill"):
        Run(folder, more.model_copy(update={"seeds": 4, "distill": 1.0}), QUIET)


def test_an_export_from_the_folder_reads_no_images(finished, monkeypatch):
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda *_, **__: pytest.fail("read the images"))
    source = open_source(finished.folder.path, None, "found", 0)
    assert source.scheme == finished.search()
    assert source.sample(5).shape == (5, 8, 8, 1)
    assert source.options("saved_model", "float32")["class_names"] == tuple("0123456789")
    assert source.options("litert", "int8") == {"quantization": "int8", **source.options("onnx", "int8")}
    assert source.options("onnx", "int8")["preprocess"] == source.facts.preprocess


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
    run = start(folder, *overrides)
    shutil.copy(finished.folder.supernet_file, folder)
    run.folder.enter(run.folder.supernet_file)
    return run


def test_a_search_on_streamed_images_gives_the_same_scores(finished, tmp_path):
    run = beginning_as(finished, tmp_path / "streamed", "search.memory=0")
    assert run.search() == finished.search()
    truth, scores = (
        {str(evaluation.scheme): evaluation.metrics["loss"] for evaluation in one.tuner().evaluations()}
        for one in (finished, run)
    )
    assert scores == pytest.approx(truth, rel=1e-5)


@pytest.mark.tensorflow
def test_in_pieces_a_run_ends_as_a_whole_one(finished, tmp_path, capsys):
    folder, at_once = tmp_path / "pieces", 1e-9
    overrides = [*TINY, FORMATS]
    with pytest.raises(typer.Exit) as stopped:
        pretrain(Path("digits"), folder, overrides, at_once)
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
    assert "after epoch 1 of 2 (fine-tune: found, seed 0)" in piece("figures")[1]
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
    from_scratch = "start=scratch", "train={recipe: digits-short, precision: mixed_bfloat16}", "keep=found"
    run = beginning_as(finished, tmp_path / "run", *from_scratch)
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
    run.train("plain", 1)
    with pytest.raises(FileNotFoundError, match="not kept"):
        run.train("plain", 1)


def test_a_run_takes_no_more_of_the_disk_than_its_plan_says(finished):
    pace = Pace(1.0, 1.0, 1.0, 1.0, 1.0)
    speed = Speed(pace, pace, 1.0, finished.pretrain().count_params(), keras.backend.backend())
    planned = replace(finished.plan(timed=False), speed=speed).bytes
    used = sum(path.stat().st_size for path in finished.folder.path.rglob("*"))
    assert used < planned < 6 * used
