"""A run whose search compares schemes by loss; and that its answer is on accuracies all the same."""

import numpy as np
import pytest

from keras_ean.run import Run, load_config, read_json
from keras_ean.run.ranking import Ranking
from keras_ean.run.report import ranking, searched
from keras_ean.run.unit import ACCURACY, LOSS
from keras_ean.search.answers import from_text
from tests.run.report.test_report import headings
from tests.run.starting import QUIET, start

# What a loss is, is tried on every backend with the evaluators.
pytestmark = pytest.mark.usefixtures("no_detours")


@pytest.fixture(scope="module")
def by_loss(tmp_path_factory, no_detours):
    options = "search={objective: loss, calibrate: 32, options: {max_steps: 3, samples_per_step: 2, tolerance: 0.01}}"
    run = start(tmp_path_factory.mktemp("runs") / "run", options)
    run()
    return run


def test_the_search_maximises_the_loss_with_a_minus(by_loss):
    tuner = by_loss.tuner()
    assert (tuner.plan.objective, tuner.plan.direction) == ("loss", "min")
    for one in tuner.evaluations():
        assert one.parts["objective"] == one.metrics["loss"]
        assert one.reward == pytest.approx(-one.metrics["loss"] + 0.02 * (1 - one.scheme.density))
        assert 0 <= one.metrics["accuracy"] <= 1
        assert from_text(one.answers).mean() == pytest.approx(one.metrics["loss"])  # Of the objective, image by image.
    assert "expected loss " in str(tuner.conclusion())
    assert "accuracy" not in str(tuner.conclusion())


def test_what_is_shown_of_the_search_is_a_loss_and_of_the_networks_an_accuracy(by_loss):
    scored, verdict = by_loss.pareto().scored, by_loss.verdict()
    losses = {one.scheme: one.metrics["loss"] for one in by_loss.tuner().evaluations()}
    assert {point.scheme: point.value for point in scored.points} == losses
    assert (scored.unit, verdict.unit) == (LOSS, ACCURACY)
    assert all(point.interval is None for point in scored.points)
    # The front is of the lowest losses.
    assert max(by_loss.pareto().front(), key=lambda one: one.latency_ms).value == min(losses.values())
    text = (by_loss.folder.report / "report.md").read_text(encoding="utf-8")
    assert "## Loss against cost" in headings(by_loss.folder.report / "report.md")
    for words in ("| validation loss |", "the validation loss of the search falls where", "top-1 %"):
        assert words in text, words
    section = searched.blocks(by_loss.pareto(), verdict, "title", ())
    assert "Effects and prices in loss, + for lower" in section.parts[1].caption


def test_a_search_by_loss_goes_on_by_loss_alone(by_loss):
    again = Run(by_loss.folder.path, None, QUIET)
    assert again.tuner().evaluations() == by_loss.tuner().evaluations()
    with pytest.raises(ValueError, match="objective"):
        Run(by_loss.folder.path, load_config(by_loss.folder.path / "config.yaml", ["search.objective=accuracy"]), QUIET)


def test_ranks_are_of_losses(by_loss, monkeypatch):
    """The scheme of the lowest loss comes first, where trainings say so too."""
    monkeypatch.setattr(Ranking, "trained", lambda self, scheme, seed, title="": {"accuracy": worth(scheme)})

    def worth(scheme):
        [score] = by_loss.evaluator().score([scheme])
        return 1 - score["loss"] / 10

    result = Ranking(by_loss).rank(schemes=6, seeds=1)
    assert result.kendall.value == pytest.approx(1)
    kept = read_json(by_loss.folder.path / "rank" / "rank.json")
    for row in kept["schemes"]:
        np.testing.assert_allclose(row["accuracy"], [1 - row["score"] / 10])
    assert "Scores: loss on" in kept["how"]
    assert "| score, loss |" in (by_loss.folder.path / "rank" / "rank.md").read_text(encoding="utf-8")
    [section] = ranking.section(by_loss.folder, "title")
    axes = section.parts[1].figure.axes[0]
    assert axes.get_xlabel() == "score in the search: validation loss, lower is better"
    low, high = axes.get_xlim()
    assert low > high, "better scores stand on the right"
