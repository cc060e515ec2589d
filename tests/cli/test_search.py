"""keras-ean evaluations on a synthetic search, and keras-ean search on a tiny run."""

import csv
import io
import shutil

import optuna
import pytest
from typer.testing import CliRunner

from keras_ean.cli import app
from keras_ean.cli import search as commands
from keras_ean.search import EarlyStopping, Evaluator, ReinforceOracle, SchemeTuner


class Density(Evaluator):
    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": scheme.density, "loss": 1.0} for scheme in schemes]


@pytest.fixture
def run(tmp_path):
    oracle = ReinforceOracle((2, 3), max_steps=6, seed=0, compare_random=False)
    tuner = SchemeTuner(None, oracle, evaluator=Density(), directory=tmp_path)
    tuner.search(verbose=0)
    return tmp_path, tuner


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_evaluations_as_csv_in_the_order_of_scoring(run):
    folder, tuner = run
    rows = list(csv.DictReader(io.StringIO(call("evaluations", folder, "--csv").stdout)))
    assert [row["scheme"] for row in rows] == [str(e.scheme) for e in tuner.evaluations()]
    assert [float(row["reward"]) for row in rows] == [e.reward for e in tuner.evaluations()]
    assert {"accuracy", "loss", "sparsity", "connections", "step", "share", "origin"} <= rows[0].keys()


def test_evaluations_as_a_study_of_optuna(run, tmp_path):
    folder, tuner = run
    file = tmp_path / "what? #1" / "study.db"
    assert "optuna-dashboard sqlite:///" in call("evaluations", folder, "--optuna", file).stdout
    call("evaluations", folder, "--optuna", file)  # Which replaces what is there.
    copy = shutil.copy(file, tmp_path / "study.db")
    [name] = optuna.get_all_study_names(f"sqlite:///{copy}")
    study = optuna.load_study(study_name=name, storage=f"sqlite:///{copy}")
    assert name == folder.name
    scored = tuner.evaluations()
    assert [trial.value for trial in study.trials] == [one.reward for one in scored]
    assert [tuple(trial.params[f"block_{block}"] for block in range(5)) for trial in study.trials] == [
        one.bits for one in scored
    ]
    assert study.best_value == max(one.reward for one in scored)
    assert study.trials[0].user_attrs["accuracy"] == scored[0].metrics["accuracy"]


def test_evaluations_as_a_table_best_first(run):
    folder, tuner = run
    shown = call("evaluations", folder, "--limit", 3).stdout
    assert f"{len(tuner.evaluations())} schemes scored" in shown
    assert str(tuner.best_scheme()) in shown
    assert len(shown.splitlines()) == 6
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.splitlines()[1].split() == ["scheme", "on", "accuracy", "loss", "reward", "step", "origin"]


def test_schemes_that_were_given_up_come_last(tmp_path):
    class Images(Density):
        """On the first images, of which some schemes see no others, all do better."""

        images = 100

        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": scheme.density * (1.5 - share)} for scheme in schemes]

    rule = EarlyStopping(share=0.5, z=0.0)
    oracle = ReinforceOracle((2, 3), max_steps=6, seed=0, sparsity_weight=0, compare_random=False)
    tuner = SchemeTuner(None, oracle, evaluator=Images(), directory=tmp_path, early_stopping=rule)
    tuner.search(verbose=0)
    shares = [one.share for one in sorted(tuner.evaluations(), key=lambda one: -one.reward)]
    assert shares != sorted(shares, reverse=True), "by reward alone they are mixed"
    lines = call("evaluations", tmp_path, "--limit", 0).stdout.splitlines()
    place = lines[1].split()[::-1].index("share")
    shown = [float(line.split()[::-1][place]) for line in lines[3:]]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == len(shares)


def test_repeated_scores_are_counted_apart(tmp_path):
    class Noisy(Density):
        noisy = True

        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": scheme.density + 0.1 * repeat} for scheme in schemes]

    oracle = ReinforceOracle((2, 3), max_steps=3, seed=0)
    tuner = SchemeTuner(None, oracle, evaluator=Noisy(), directory=tmp_path, contenders=2, repeats=3)
    tuner.search(verbose=0)
    rows = list(csv.DictReader(io.StringIO(call("evaluations", tmp_path, "--csv").stdout)))
    assert [row["repeat"] for row in rows] == ["0"] * len(tuner.evaluations()) + ["1", "1", "2", "2", "3", "3"]
    shown = call("evaluations", tmp_path).stdout
    assert f"{len(tuner.evaluations())} schemes scored, 6 scores repeated" in shown


def test_a_folder_without_a_search_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="start one with: keras-ean search"):
        call("evaluations", tmp_path)


def test_workers_search_before_the_run_reads_the_result(monkeypatch, tmp_path):
    from keras_ean.run import Run, load_config

    overrides = ["data.train=100", "data.draws=1", "data.test_draws=1", "backbone.name=resnet8", "backbone.width=4"]
    overrides += ["pretrain.epochs=1", "search.calibrate=0", "search.options.max_steps=2"]
    Run(tmp_path, load_config(None, overrides))
    started = []
    monkeypatch.setattr(commands, "_launch", lambda *arguments: started.append(arguments))
    result = call("search", tmp_path, "--workers", 2, "--oracle", "random")
    [(*where, plan)] = started
    assert where == [tmp_path, "random", 2, "search-random"]
    assert (plan.max_steps, plan.max_schemes) == (2, None)
    assert "Random search with as many evaluations" in result.stdout
    assert "Scheme kept: " in result.stdout
    assert (tmp_path / "search-random/scheme.json").is_file()
    with pytest.raises(ValueError, match="Did you mean 'evolution'"):
        call("search", tmp_path, "--oracle", "evolutoin")
