"""The measurement of fine-tuning, without its trainings."""

import json
from types import SimpleNamespace

import pytest

from keras_ean.run import parse_config

from .test_experiments import HERE


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))


def test_every_task_can_be_configured():
    import tuning

    for name, values in tuning.TASKS.items():
        assert parse_config(values, name).start == "supernet"


def test_a_row_is_a_network_under_every_supernet_and_a_number_the_mean_of_the_orders():
    import tuning

    lines = [
        {"seed": 0, "network": "plain", "scheme": "0", "0 × 0": [50], "1 × 0.33": [60, 62]},
        {"seed": 0, "network": "shared", "scheme": "1", "0 × 0": [70], "1 × 0.33": [80, 80]},
        {"seed": 1, "network": "plain", "scheme": "0", "0 × 0": [51], "1 × 0.33": [63, 63]},
        {"seed": 1, "network": "shared", "scheme": "1", "0 × 0": [71], "1 × 0.33": [81, 82]},
    ]
    assert tuning.table(lines).splitlines() == [
        "| network | 0 × 0 | 1 × 0.33 |",
        "|---|---|---|",
        "| plain (0, 0) | 50.0, 51.0 | 61.0, 63.0 |",
        "| shared (1, 1) | 70.0, 71.0 | 80.0, 81.5 |",
    ]


def test_what_is_measured_is_not_measured_again(tmp_path):
    import tuning

    measured = {f"{epochs} × {part:.2g}": [90.0] for epochs, part in tuning.WAYS}
    (tmp_path / "found.json").write_text(json.dumps(measured), encoding="utf-8")
    config = parse_config(tuning.TASKS["cue"], "cue")
    run = SimpleNamespace(folder=SimpleNamespace(path=tmp_path), context=None, config=config)
    assert tuning.tuned(run, "found", "1 1 1") == measured
