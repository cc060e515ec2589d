"""keras-ean rank: which schemes are trained, that they are trained and scored as the run does, and what is written."""

import keras
import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from keras_ean import Scheme
from keras_ean.cli import app, rank
from keras_ean.measure.agreement import Estimate
from keras_ean.run import Ranking, Run, RunFolder, load_config, read_json
from keras_ean.run.report.ranking import section
from keras_ean.run.spread_schemes import spread_schemes
from keras_ean.run.stages.pretrain import Pretrain
from keras_ean.search import Evaluator

TINY = (
    "data={name: digits, light: true, train: 40, draws: 2}",
    "backbone={name: resnet8, width: 4}",
    "train={recipe: digits-short, epochs: 2}",
    "start=scratch",
    "search={calibrate: 32, options: {max_steps: 2, samples_per_step: 2}}",
)
QUIET = Console(quiet=True)
STAGES = (1, 1, 1)


def pretended(scheme):
    return 0.5 + 0.1 * scheme.bits[0] - 0.1 * scheme.bits[2]


@pytest.fixture(scope="module")
def ranking(tmp_path_factory):
    return Ranking(Run(tmp_path_factory.mktemp("runs") / "run", load_config(None, TINY), QUIET))


@pytest.mark.usefixtures("eagerly")
@pytest.mark.tensorflow  # Runs train and score on JAX too; here it would take most of a minute to compile.
def test_a_scheme_is_trained_as_the_run_trains_its_networks_and_once(ranking, monkeypatch):
    full = Scheme.full(STAGES)
    facts = ranking.trained(full, 0)
    own = Run(ranking.run.folder.path, None, QUIET).figures("shared", 0)
    names = ("accuracy", "loss", "parameters")
    assert [facts[name] for name in names] == pytest.approx([own[name] for name in names])
    assert not list((ranking.run.folder.path / "checkpoints").iterdir())
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("trained again"))
    assert ranking.trained(full, 0) == facts
    (ranking.folder / "trainings/111-0.json").unlink()
    assert ranking.trained(full, 0) == own


@pytest.mark.usefixtures("eagerly", "timed_briefly")
@pytest.mark.tensorflow
def test_schemes_are_scored_as_in_the_search(ranking):
    keras.utils.set_random_seed(0)
    run = ranking.run
    run.folder.save(run.context.architecture.supernet(), run.folder.supernet_file)
    evaluations = run.score().evaluations()
    assert run.evaluator().score([one.scheme for one in evaluations]) == [one.metrics for one in evaluations]


def test_every_scheme_is_trained_with_every_seed_and_the_verdict_is_written(ranking, monkeypatch, tmp_path):
    class Pretending(Evaluator):
        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": 0.9 * pretended(scheme)} for scheme in schemes]

    trained, found = [], Scheme("1 1 0")

    def pretend(self, scheme, seed, title=""):
        trained.append((scheme, seed, title))
        return {"accuracy": pretended(scheme) + 0.001 * seed}

    monkeypatch.setattr(Ranking, "trained", pretend)
    monkeypatch.setattr(Pretrain, "__call__", lambda self: None)
    monkeypatch.setattr(Run, "evaluator", lambda self: Pretending())
    ranking.run.folder.write_scheme(found)
    assert rank.rank  # The command has joined the application.
    arguments = ["rank", str(ranking.run.folder.path), "--schemes", "6", "--out", str(tmp_path / "rank")]
    shown = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert [title for *_, title in trained[:12]] == [f"train {number} of 12" for number in range(1, 13)]
    assert [scheme for scheme, *_ in trained[:3]] == [Scheme("1 1 1"), Scheme("0 0 0"), found]
    assert len({(scheme, seed) for scheme, seed, _ in trained}) == 12
    kept, text = read_json(tmp_path / "rank" / "rank.json"), (tmp_path / "rank" / "rank.md").read_text()
    assert kept["verdict"] in shown.stdout
    assert kept["verdict"] in text
    assert (tmp_path / "rank" / "rank.png").is_file()
    rows = {row["scheme"]: row for row in kept["schemes"]}
    assert [scheme for scheme, row in rows.items() if row["found"]] == [str(found)]
    assert rows["1 1 0"]["accuracy"] == pytest.approx([0.6, 0.601])
    assert rows["1 1 0"]["score"] == pytest.approx(0.54)
    assert "| 1 1 0 (found) | 2 | 54.0 |" in text
    [reported] = section(RunFolder(tmp_path, writes=False), "title")
    said, picture = reported.parts
    assert said.text == kept["verdict"]
    by_score, by_density = picture.figure.axes[:2]
    assert str(Estimate(**kept["agreement"]["kendall"])) in by_score.get_title()
    assert len(by_density.collections[1].get_offsets()) == 6
    assert "| 60.0, 60.1 |" in text


def test_a_sample_has_every_density_and_grows_without_changing():
    ends = [Scheme.full((9, 9)), Scheme.empty((9, 9))]
    schemes = spread_schemes((9, 9), 19, ends, seed=3)
    assert schemes[:2] == ends
    assert len(set(schemes)) == 19
    connected = np.sort([sum(scheme.bits) for scheme in schemes])
    assert np.abs(connected - np.arange(19)).max() <= 1
    assert spread_schemes((9, 9), 12, ends, seed=3) == schemes[:12]
    assert spread_schemes((9, 9), 19, ends, seed=4) != schemes
    assert len(set(spread_schemes(STAGES, 8))) == 8
    with pytest.raises(ValueError, match="3 blocks have 8 schemes, fewer than the 9 asked for"):
        spread_schemes(STAGES, 9)
