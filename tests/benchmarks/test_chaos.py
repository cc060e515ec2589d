"""The long test in short: some kills, flipped bits and wrong inputs."""

import json
from pathlib import Path

import pytest

from tests import forks

ROOT = Path(__file__).parents[2]


@pytest.mark.tensorflow
def test_nothing_is_lost_and_nothing_silently_wrong(tmp_path):
    options = ["--home", tmp_path, "--amount", "0.005", "--parts", "kills", "flips", "fuzz"]
    done = forks.run(ROOT / "benchmarks" / "chaos.py", *options)
    assert done.returncode == 0, done.stderr[-3000:]
    cases = {}
    for line in (tmp_path / "tensorflow.jsonl").read_text().splitlines():
        entry = json.loads(line)
        cases[entry.pop("case")] = entry
    assert {case.partition("/")[0] for case in cases} == {"kills", "flips", "fuzz"}
    assert len(cases["kills/tensorflow/0/0"]["kills"]) > 2
    for case, entry in cases.items():
        assert not entry.get("faults"), (case, entry)
        assert not entry.get("silent"), (case, entry)
        assert entry.get("tried", 9) > 1
