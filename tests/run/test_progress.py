"""How far a run is, told from what its folder holds at every stage."""

import os
import shutil
import subprocess
import sys

import pytest

from keras_ean import Scheme
from keras_ean.cli import watch as commands
from keras_ean.run import RunFolder, load_config
from keras_ean.run.effort import efforts
from keras_ean.run.front import Point, Scored
from keras_ean.run.kept import KeptRun
from keras_ean.run.kept_images import Numbers
from keras_ean.run.progress import progress
from keras_ean.run.unit import ACCURACY
from keras_ean.search import Evaluation
from keras_ean.search.host.leading import Leading, leading
from keras_ean.search.host.store import FILE, Store
from tests.run.kept_runs import answers, keep

SHARES = {"plain": 0.7, "shared": 0.72, "random": 0.72, "found": 0.8}
OVERRIDES = (
    "data={name: digits, train: 40}",
    "backbone={name: resnet8}",
    "pretrain={recipe: digits-short, epochs: 4}",
    "search={options: {max_steps: 2, samples_per_step: 2}}",
    "tune.epochs=1",
    "seeds=1",
)


def scored(file, *evaluations, probabilities=None, stages=(1, 1, 1)):
    """A search that has scored these."""
    store = Store(file)
    with store.transaction():
        store.put("settings", {"stages": list(stages)})
        store.put("phases", {"phase": "search"})
        for one in evaluations:
            store.add_evaluation(one)
        store.add_step(0, [one.scheme for one in evaluations], [one.reward for one in evaluations], {}, probabilities)
    store.close()


@pytest.fixture
def run(tmp_path):
    """A run that has just begun."""
    folder = RunFolder(tmp_path / "[red]runs" / "mine")
    folder.open(load_config(None, OVERRIDES))
    numbers = {"train": 400, "validation": 100, "test": 100}
    folder.write_json(folder.path / "images.json", {"class_names": ["a", "b"], "numbers": numbers})
    return KeptRun(folder.path)


def test_places_of_several_modules_are_counted_and_told_apart(tmp_path, capsys):
    folder, numbers = RunFolder(tmp_path / "run"), {"train": 400, "validation": 100, "test": 100}
    folder.open(load_config(None, [*OVERRIDES, "attention={name: eca+se}", "search.options={samples_per_step: 1}"]))
    folder.write_json(folder.path / "images.json", {"class_names": ["a", "b"], "numbers": numbers})
    rows = [{"epoch": epoch, "seconds": 10.0, "loss": 1.0 / epoch, "accuracy": 0.5} for epoch in (1, 2)]
    folder.write_json(folder.curve("pretrain"), rows)
    run = KeptRun(folder.path)
    parts = efforts(run.config, Numbers(**numbers), (2, 2, 2))
    whole = sum(parts[name].passes for name in ("supernet", "search", "networks"))
    assert progress(run).share == pytest.approx(parts["supernet"].passes / 2 / whole)
    folder.supernet_file.touch()
    best = Evaluation(Scheme("10 00 00"), 0.9, {"objective": 0.88}, trial="1")
    scored(folder.search_folder / FILE, best, probabilities=(0.75,) * 6, stages=(2, 2, 2))
    said = shown(run, capsys)
    assert "how likely each place has attention" in said
    assert [line.split(" █")[0].strip() for line in said.splitlines() if "█" in line][:2] == ["0, ECA", "0, SE"]


def shown(run, capsys):
    commands.watch(run.folder.path, once=True)
    return capsys.readouterr().out


def test_a_run_from_its_beginning_to_its_end(run, capsys):
    folder = RunFolder(run.folder.path)
    assert (progress(run).stage, progress(run).detail) == ("the supernet", "epoch 0 of 4")
    assert (progress(run).share, progress(run).seconds_left) == (0.0, None)
    rows = [{"epoch": epoch, "seconds": 10.0, "loss": 1.0 / epoch, "accuracy": 0.5} for epoch in (1, 2)]
    folder.write_json(folder.curve("pretrain"), rows)
    half = progress(run)
    assert (half.detail, half.epochs) == ("epoch 2 of 4", rows)
    assert half.seconds_left == pytest.approx(20.0 * (1 - half.share) / half.share)
    said = shown(run, capsys)
    assert "phase      the supernet: epoch 2 of 4\n" in said
    assert "training   the supernet, epoch 2: loss 0.5, accuracy 0.5\n" in said
    assert "[red]runs" in said

    folder.supernet_file.touch()
    best = Evaluation(Scheme("1 0 0"), 0.9, {"objective": 0.88, "sparsity": 0.5}, trial="1", seconds=3.0)
    other = Evaluation(Scheme("0 0 0"), 0.95, {"objective": 0.9}, trial="2", origin="random", seconds=3.0)
    scored(folder.search_folder / FILE, best, other, probabilities=(0.75, 0.25, 0.5))
    seen = progress(run)
    assert (seen.stage, seen.detail) == ("the search", "2 schemes scored in 1 steps")
    assert seen.search == Leading((1, 1, 1), 6.0, Scheme("1 0 0"), 0.9, 0.88, (0.75, 0.25, 0.5))
    assert half.share < seen.share < 1
    lines = shown(run, capsys).splitlines()
    assert "best       1 0 0: reward 0.9000, objective 0.8800; the highest of many, partly luck" in lines
    [first] = [line for line in lines if line.strip().startswith("0 ")]
    assert (first.count("█"), first.split()[-1]) == (18, "0.75")

    folder.write_scheme(Scheme("1 0 0"))
    folder.write_json(folder.network("plain", 0) / "metrics.json", {})
    folder.write_json(folder.curve("plain-0"), [{"epoch": 1, "seconds": 5.0, "loss": 0.25}])
    later = progress(run)
    assert (later.stage, later.detail, later.training) == ("the networks", "1 of 4 trainings", "no attention, seed 0")
    assert seen.share < later.share < 1
    for name in run.config.compared:
        folder.write_json(folder.network(name, 0) / "metrics.json", {})
    assert progress(run).stage == "the report"
    said = shown(run, capsys).splitlines()
    assert said[2] == "done       all trainings and scores; how long the rest takes is not foretold"


def trained(run, folder):
    """Everything but the report is done, for which a run still folds."""
    folder.supernet_file.touch()
    folder.write_scheme(Scheme("1 0 0"))
    folder.write_json(folder.curve("pretrain"), [{"epoch": 4, "seconds": 10.0, "loss": 1.0}])
    for name in run.config.compared:
        folder.write_json(folder.network(name, 0) / "metrics.json", {})


def test_networks_are_folded_after_the_trainings(run, monkeypatch, capsys):
    folder = RunFolder(run.folder.path)
    trained(run, folder)
    rounds = []

    def later(seconds):
        rounds.append(seconds)
        if len(rounds) == 1:  # The run itself adds the folded networks to those that it compares.
            config = run.config.model_copy(update={"compare": ("shared_folded", "found_folded")})
            folder.write(folder.config_file, config.yaml())
        elif len(rounds) == 2:
            folder.write_json(folder.network("shared_folded", 0) / "metrics.json", {})
        else:
            raise KeyboardInterrupt

    said = []
    monkeypatch.setattr(commands.time, "sleep", later)
    monkeypatch.setattr(commands, "frame", lambda run, seen: said.append((seen.stage, seen.detail)) or "")
    with pytest.raises(KeyboardInterrupt):
        commands.watch(run.folder.path, once=False)
    assert said == [
        ("the report", "exports, times of inference and figures"),
        ("folding", "0 of 2 networks"),
        ("folding", "1 of 2 networks"),
    ]
    seen = progress(KeptRun(folder.path))
    assert (seen.share, seen.seconds_left) == (1.0, None)
    shutil.rmtree(folder.network("found", 0))  # Trainings are counted without what is folded.
    assert (progress(KeptRun(folder.path)).stage, progress(KeptRun(folder.path)).detail) == (
        "the networks",
        "3 of 4 trainings",
    )


def test_a_finished_run_shows_its_verdict(tmp_path, capsys):
    run = keep(tmp_path / "done", answers(SHARES))
    assert (progress(run).stage, progress(run).share) == ("finished", 1.0)
    assert run.verdict().sentence() in shown(run, capsys)
    commands.watch(run.folder.path, once=False)
    assert run.verdict().recommendation() in capsys.readouterr().out
    assert not (tmp_path / "done" / "search").exists()  # Looking leaves no trace.


def test_watching_ends_when_the_run_ends(tmp_path, run, monkeypatch, capsys):
    done = keep(tmp_path / "done", answers(SHARES))

    def end(seconds):
        shutil.rmtree(run.folder.path)
        shutil.copytree(done.folder.path, run.folder.path)
        vars(run).clear()

    monkeypatch.setattr(commands.time, "sleep", end)
    commands.watch(run.folder.path, once=False)
    assert done.verdict().sentence() in " ".join(capsys.readouterr().out.split())


def test_all_runs_of_a_folder(tmp_path, run, capsys):
    keep(tmp_path / "done", answers(SHARES))
    future = RunFolder(tmp_path / "future")
    future.open(load_config(None, OVERRIDES))
    future.write_json(future.versions_file, {"format": 99})
    verdict = keep(tmp_path / "hurt", answers(SHARES)).folder.path / "verdict.json"
    verdict.write_text(verdict.read_text().replace('"yes"', '"no"'))
    commands.runs(tmp_path)
    mine, done, other, hurt = capsys.readouterr().out.splitlines()[2:]
    assert "cannot be read" in hurt  # And not with an answer that no run has given.
    assert done.split()[:6] == ["done", "digits", "·", "resnet8", "·", "se"]
    assert "finished" in done
    assert "yes: found" in done
    assert "cannot be read" in other
    assert "the supernet: epoch 0 of 4" in mine
    with pytest.raises(FileNotFoundError, match="There are no runs in"):
        commands.runs(tmp_path / "done" / "networks")


def test_finished_runs_are_listed_watched_and_compared_without_keras(tmp_path):
    for name in ("one", "other"):
        keep(tmp_path / name, answers(SHARES))
    scored(tmp_path / "one" / "search" / FILE, Evaluation(Scheme("1 0 0"), 0.5))
    schemes = Scored([Point(Scheme("0 0 1"), 0.75, (0.5, 0.9), 2.5, 1200.0)], 40, ACCURACY)
    run = RunFolder(tmp_path / "one")
    run.write_json(run.report / "pareto.json", schemes.facts())
    assert KeptRun(run.path).scored() == schemes
    code = """
import sys
from pathlib import Path
import keras_ean_cli
from keras_ean.cli import card, compare, pareto, search, verify, watch
folder = Path(sys.argv[1])
watch.runs(folder)
watch.watch(folder / "one", once=True)
compare.compare([folder / "one", folder / "other"], folder / "both.html")
card.card(folder / "one", None, None)
search.evaluations(folder / "one", None, False, 20, None)
pareto.pareto(folder / "one", False)
print("HEAVY", {"keras", "tensorflow", "jax", "matplotlib"} & set(sys.modules))
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.count("yes: found") == 2
    assert "75.0 (50.0 to 90.0)" in told
    assert told.splitlines()[-1] == "HEAVY set()"


def test_a_search_that_has_not_begun_leads_nowhere(tmp_path):
    assert leading(tmp_path / FILE) == Leading()
    (tmp_path / FILE).touch()
    assert leading(tmp_path / FILE) == Leading()


def test_a_folder_without_a_run_is_told(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match="holds no run"):
            progress(KeptRun(folder))


def test_a_file_that_vanishes_meanwhile_is_passed_over(run, monkeypatch):
    (run.folder.path / "moment").symlink_to("gone")
    monkeypatch.setattr("pathlib.Path.is_file", lambda path: os.path.lexists(path))
    assert progress(run).idle < 60
