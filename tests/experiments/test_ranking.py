import importlib.util
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from keras_ean.bench import Table
from keras_ean.bench.table import numbered

SCRIPTS = Path(__file__).parents[2] / "experiments"


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scored_schemes_tell_all_main_effects_and_pairs_apart():
    numbers = script("ranking").design(8)
    signs = 1 - 2 * np.array([[number >> (7 - block) & 1 for block in range(8)] for number in numbers])
    mains = [signs[:, block] for block in range(8)]
    pairs = [signs[:, a] * signs[:, b] for a, b in combinations(range(8), 2)]
    terms = np.array([np.ones(64), *mains, *pairs])
    np.testing.assert_array_equal(terms @ terms.T, 64 * np.eye(len(terms)))


@pytest.fixture
def table():
    """Every training of a scheme has its true accuracy: a sum of main effects."""
    stages = (4, 4)
    schemes = [numbered(number, stages) for number in range(256)]
    bits = np.array([scheme.bits for scheme in schemes])
    accuracy = np.repeat((0.5 + bits @ [0.08, -0.04, 0.02, 0.01, -0.01, 0.02, 0.04, -0.08])[:, None], 4, axis=1)
    costs = bits.sum(axis=1) + 1.0
    facts = {"attention": {"name": "se"}, "backbone": {"name": "net", "width": 8}, "recipe": {"epochs": 2}}
    return Table(schemes, accuracy, accuracy[..., None], costs, costs, costs, facts)


def test_report_of_a_table_without_noise(table, tmp_path, monkeypatch):
    report, numbers = script("ranking_report"), script("ranking").design(8)
    monkeypatch.setattr(report, "BUDGETS", (16, 64))
    monkeypatch.setattr(report, "SEARCHERS", {name: report.SEARCHERS[name] for name in ("screening", report.DEFAULT)})
    true = table.accuracy.mean(axis=1)
    for seed in range(2):
        np.savez(
            tmp_path / f"fair-4-0.0-{seed}.npz",
            numbers=numbers,
            raw=-true[numbers],
            calibrated=true[numbers],
            seconds=json.dumps({"pretraining": 6.0, "raw": 1.0, "calibrated": 2.0}),
        )
    np.savez(
        tmp_path / "unshared.npz", accuracy=table.accuracy[[255, 1]] - 0.01, bits=table.bits[[255, 1]], seconds=2.0
    )
    found = report.study(table, tmp_path, repetitions=2)

    raw, calibrated = found["supernets"]
    assert calibrated["tau"] == pytest.approx([1, 0], abs=1e-2)
    assert raw["tau"] == pytest.approx([-1, 0], abs=1e-2)
    assert calibrated["trainings"][0] == 4
    assert found["truth"]["best_by_effects"] == "1011 0110"
    assert calibrated["named"][0] == pytest.approx(100 * true.max())
    assert found["replays"]["screening"][1][0] == pytest.approx(100 * true.max())
    assert found["claims"]["shared_less_unshared_full"] == pytest.approx([1, 1, 1])
    assert found["claims"]["full_less_none"] == pytest.approx([4, 4, 4])
    text = report.markdown({"net": found}, {"repetitions": 2, "facts": "Machine."})
    assert "| fair | 4× | 0 | calibrated | +1.00 ± 0.00 |" in text
    assert "net (width 8)" in text
