"""The front of a run's scores, from a search in its store and latencies that are known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from keras_ean import Scheme
from keras_ean.cli.pareto import pareto
from keras_ean.measure.share import share_interval
from keras_ean.run import Run, load_config
from keras_ean.run.context import Context
from keras_ean.run.front import Point, Scored, read_scored
from keras_ean.run.report import searched
from keras_ean.run.report.front_table import caption as below
from keras_ean.run.report.pareto import explained
from keras_ean.run.unit import Unit
from keras_ean.search import Evaluator
from keras_ean.search.evaluators import evaluators, register

SCORES = {"000": 0.5, "001": 0.6, "010": 0.55, "011": 0.7, "100": 0.4, "101": 0.65, "110": 0.58, "111": 0.69}


class Known(Evaluator):
    """Scores that are known, in place of a supernet's."""

    def score(self, schemes, share=1.0, repeat=0):
        known = [SCORES["".join(map(str, Scheme(scheme, (1, 1, 1)).bits))] for scheme in schemes]
        return [{"accuracy": one, "mae": 2 - one, "auc": one} for one in known]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    register("known")(Known)
    overrides = (
        "data={name: digits, train: 40}",
        "backbone={name: resnet8, width: 4}",
        "search={oracle: random, evaluator: known, options: {max_steps: 8, samples_per_step: 1}}",
    )
    run = Run(tmp_path_factory.mktemp("runs") / "run", load_config(None, overrides), Console(quiet=True))
    run.context.save(run.context.architecture.supernet(), run.folder.supernet_file)
    run.score()
    run.folder.write_json(run.folder.path / "latency.json", {"plain": 10.0, "blocks": [1.0, 2.0, 4.0]})
    yield run
    del evaluators.classes["known"]


def test_the_front_against_latency(run):
    front = run.pareto().front()
    assert [(str(point.scheme), point.latency_ms) for point in front] == [
        ("0 0 0", 10.0),
        ("0 1 0", 12.0),
        ("1 1 0", 13.0),
        ("0 0 1", 14.0),
        ("1 0 1", 15.0),
        ("0 1 1", 16.0),
    ]
    assert front[0].interval == pytest.approx(share_interval(0.5, len(run.data.validation)))


def test_of_equal_schemes_the_front_has_that_of_fewest_connections():
    many, few = (Point(Scheme(text), 0.7, None, 10.0, 100.0) for text in ("1 1 0", "0 1 0"))
    assert Scored([many, few], 10, Unit()).front() == [few]


def test_the_front_against_parameters(run):
    plain, one, *_, last = run.pareto().front("parameters")
    assert (str(plain.scheme), str(one.scheme), str(last.scheme)) == ("0 0 0", "0 1 0", "0 1 1")
    assert one.parameters > plain.parameters == 5142


def test_the_command_prints_the_front(run, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    pareto(run.folder.path, parameters=False)
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()[:1] in ("0", "1")]
    assert [" ".join(row[:3]) for row in rows] == ["0 0 0", "0 1 0", "1 1 0", "0 0 1", "1 0 1", "0 1 1"]
    assert rows[-1][3:5] == ["2/3", "70.0"]
    assert "16.00" in rows[-1]


@pytest.mark.parametrize(("unit", "best"), [(Unit("mae", "min"), "1.3"), (Unit("auc"), "70.0")])
def test_the_front_of_another_objective(run, unit, best, monkeypatch, capsys):
    front = [point.scheme for point in run.pareto().front()]
    monkeypatch.setattr(Context, "unit", unit)
    monkeypatch.setenv("COLUMNS", "200")
    assert [point.scheme for point in run.pareto().front()] == front
    pareto(run.folder.path, parameters=False)
    printed = capsys.readouterr().out
    assert f"validation {unit.title}" in printed
    assert "accuracy" not in printed
    last = [line.split() for line in printed.splitlines() if line.strip()[:1] in ("0", "1")][-1]
    assert last[:6] == ["0", "1", "1", "2/3", best, "16.00"]
    drawn = searched.against_cost(run.pareto().scored, {}, "title")
    assert drawn.title == f"{unit.called.capitalize()} against cost"
    table, picture = drawn.parts
    assert unit.called in picture.caption
    assert not {"accuracy", "interval"} & set(f"{table.caption} {picture.caption}".split())
    axes, _ = picture.figure.axes
    assert axes.get_ylabel() == f"validation {unit.axis}"
    np.testing.assert_allclose(axes.lines[-1].get_ydata()[-1], float(best))


def test_costs_are_those_of_the_compared_networks(run):
    own = [point.parameters for point in run.pareto().front()]
    plain = {"name": "plain", "latency_ms": 5.0, "parameters": 6000}
    run.folder.write_json(run.folder.report / "report.json", [plain])
    assert [point.parameters for point in run.pareto().front()] == [6000 - 5142 + one for one in own]
    assert [point.latency_ms for point in run.pareto().front()] == [5.0, 6.0, 6.5, 7.0, 7.5, 8.0]
    for everywhere, most in ((6.75, 6.5), (4.0, 5.0)):  # Which cannot be faster than without attention, but by chance.
        run.folder.write_json(run.folder.report / "report.json", [plain, {"name": "shared", "latency_ms": everywhere}])
        predicted = {str(point.scheme): point.latency_ms for point in run.pareto().points}
        assert (predicted["0 0 0"], predicted["0 1 1"]) == pytest.approx((5.0, most))
    (run.folder.report / "report.json").unlink()


def test_times_that_are_not_told_apart_show_the_front_against_parameters(run):
    file = run.folder.report / "report.json"
    facts = {"seed": 0, "accuracy": 0.5, "images": 9, "flops": None, "parameters": 5142}
    none = {**facts, "name": "plain", "scheme": "0 0 0", "latency_ms": 10.0, "latency_range_ms": 0.5}
    everywhere = {**facts, "name": "shared", "scheme": "1 1 1", "latency_range_ms": 0.7}
    for ms, apart in ((10.5, False), (9.0, False), (10.7, True)):
        run.folder.write_json(file, [none, {**everywhere, "latency_ms": ms}])
        scored = run.pareto().scored
        assert (scored.told_apart, scored.spread_ms) == (apart, 0.35)
        assert read_scored(json.loads(json.dumps(scored.facts()))) == scored
        table, picture = searched.against_cost(scored, {}, "title").parts
        assert [row[0] for row in table.rows] == [str(one.scheme) for one in scored.front(scored.axis)]
        assert table.rows[0][3] == "10.0"  # No more digits than the calls' spread leaves.
        for caption in (table.caption, picture.caption):
            assert ("Times of schemes are not told apart" in caption) is not apart
        assert ("against time" in picture.alternative) is apart
        assert len(picture.figure.axes[0].lines) == int(apart)
    assert scored.axis == "latency_ms"
    file.unlink()


def test_values_of_the_front_are_told_apart_by_their_digits():
    points = [
        Point(Scheme(text), value, None, 1.0, cost) for text, value, cost in (("0 0", 1.0640, 1), ("0 1", 1.0637, 2))
    ]
    scored = Scored(points, 10, Unit("mae", "min"))
    assert [scored.written(point) for point in points] == ["1.064", "1.0637"]


def test_nothing_scored_yet(run, tmp_path):
    empty = Run(tmp_path / "empty", run.config, Console(quiet=True))
    empty.context.save(empty.context.architecture.supernet(), empty.folder.supernet_file)
    with pytest.raises(ValueError, match="Nothing was scored yet; search the scheme with: keras-ean search"):
        empty.pareto().front()


def test_latencies_are_measured_once_and_kept(run, tmp_path, monkeypatch):
    (run.folder.path / "latency.json").rename(tmp_path / "latency.json")
    timed = []

    def latencies(networks, images, batch_size, rounds):
        timed.append((len(networks), batch_size, rounds))
        return {name: (5.0 + sum(Scheme(name).bits), 0.0) for name in networks}

    monkeypatch.setattr("keras_ean.search.costs.latencies", latencies)
    first, second = run.pareto().points, run.pareto().points
    assert timed == [(4, 64, 10)]
    assert [point.latency_ms for point in first] == [point.latency_ms for point in second]
    assert {point.latency_ms for point in first} == {5.0, 6.0, 7.0, 8.0}
    (tmp_path / "latency.json").rename(run.folder.path / "latency.json")


def test_a_scheme_that_was_not_scored_is_said_not_to_be_shown():
    point = Point(Scheme("1 0"), 0.5, None, 1.0, 100)
    scored = Scored([point], 40, Unit())
    told = explained(scored, {"found": Scheme("1 0"), "recommended": Scheme("1 1")})
    assert told.endswith("The recommended scheme, 1 1, is not shown: the search has not scored it.")
    assert "found scheme" not in told


def test_schemes_that_were_given_up_are_counted(run, monkeypatch):
    tuner = run.tuner()
    evaluations = [replace(one, share=0.5) if one.scheme.density > 0.5 else one for one in tuner.evaluations()]
    monkeypatch.setattr(tuner, "evaluations", lambda: evaluations)
    found = run.pareto()
    found.__dict__["tuner"] = tuner
    assert (len(found.points), found.scored.given_up) == (4, 4)
    said = below(found.scored)
    assert "none of the 4 scored ones (4 more were given up before they had seen all images) beats" in said
    assert read_scored(json.loads(json.dumps(found.scored.facts()))).given_up == 4
    assert "given up" not in below(run.pareto().scored)
