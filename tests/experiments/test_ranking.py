import importlib
import json
import sys
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.bench import Table

SCRIPTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module
    for name in ("ranking", "ranking_report", "ranking_study", "ranking_choices", "replays"):
        sys.modules.pop(name, None)


def test_scored_schemes_tell_all_main_effects_and_pairs_apart(script):
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
    schemes = list(Scheme.every(stages))
    bits = np.array([scheme.bits for scheme in schemes])
    accuracy = np.repeat((0.5 + bits @ [0.08, -0.04, 0.02, 0.01, -0.01, 0.02, 0.04, -0.08])[:, None], 6, axis=1)
    costs = bits.sum(axis=1) + 1.0
    facts = {"attention": {"name": "se"}, "backbone": {"name": "net", "width": 8}, "recipe": {"epochs": 2}}
    return Table(schemes, accuracy, accuracy[..., None], costs, costs, costs, facts)


def test_report_of_a_table_without_noise(table, script, tmp_path, monkeypatch):
    study, report, replays = script("ranking_study"), script("ranking_report"), script("replays")
    numbers, kept = script("ranking").design(8), ("screening", study.RANDOM, study.DEFAULT, study.DEFAULT_ON_SUPERNET)
    for searchers in (replays.NOISY, replays.SEARCHERS):
        for name in searchers.keys() - set(kept):
            monkeypatch.delitem(searchers, name)
    monkeypatch.setattr(study, "OWN", ("screening",))
    true = table.accuracy.mean(axis=1)
    for sampling, seed in product(("fair", "bernoulli"), range(2)):
        np.savez(
            tmp_path / f"{sampling}-4-0.0-{seed}.npz",
            numbers=numbers,
            **{"raw": -true[numbers], "calibrated": true[numbers], "raw all": -true, "calibrated all": true},
            seconds=json.dumps({"pretraining": 6.0, "raw": 1.0, "calibrated": 2.0}),
        )
    np.savez(
        tmp_path / "unshared.npz", accuracy=table.accuracy[[255, 1]] - 0.01, bits=table.bits[[255, 1]], seconds=2.0
    )
    found = study.study(table, tmp_path, repetitions=4)

    _, _, raw, calibrated = found["supernets"]
    assert calibrated["tau"] == pytest.approx([1, 0], abs=1e-2)
    assert raw["tau"] == pytest.approx([-1, 0], abs=1e-2)
    assert calibrated["trainings"][0] == 4
    assert found["truth"]["best_by_effects"] == "1011 0110"
    assert calibrated["named"][0] == pytest.approx(100 * true.max())
    assert found["truth"]["best"]["highest mean"] == pytest.approx(100 * true.max())
    for name in ("screening", study.DEFAULT):
        assert found["trainings"][name][2]["regret"] == pytest.approx(0, abs=1e-9)
    assert found["trainings"][study.RANDOM][0]["regret"] > 1
    assert found["less_default"][study.RANDOM][0][0] > 1
    assert found["usual"]["calibrated"]["searchers"]["surrogate"][2]["regret"] == pytest.approx(0, abs=1e-9)
    assert found["usual"]["raw"]["searchers"]["surrogate"][2]["regret"] == pytest.approx(100 * np.ptp(true))
    assert found["usual"]["calibrated"]["trainings"][2] == 4
    assert found["signals"][0][2] == 1
    assert found["signals"][1][2] < 1
    claims = found["claims"]
    assert claims["shared_less_unshared_full"] == pytest.approx([1, 1, 1])
    assert claims["full_less_none"] == pytest.approx([4, 4, 4])
    assert claims["found_less_full"] == pytest.approx([13, 13, 13])
    same = [row for row in range(256) if table.bits[row].sum() == 5 and row != table.row("1011 0110")]
    assert claims["found_less_random"] == pytest.approx([100 * (true.max() - true[same].mean())] * 3)
    assert claims["calibrated_found_less_random"] == pytest.approx(claims["found_less_random"])
    result = {"repetitions": 4, "facts": "Machine.", "tables": {"net": found}}
    text = report.markdown(result, "## Findings\n\nAll is well.")
    assert "| fair | 4× | 0 | calibrated | +1.00 ± 0.00 |" in text
    assert "net (width 8)" in text
    assert "| statistics re-estimated, not as they are | +2.00 (+2.00 … +2.00) |" in text
    assert "| fair, not bernoulli; raw | +0.00 (+0.00 … +0.00) |" in text
    assert report.best_rival(found) == "screening"
    assert len(report.regret_figure({"net": found}).axes) == 1
    assert report.accuracy_figure("net", found).axes[0].get_title() == "net"
