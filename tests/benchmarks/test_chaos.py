"""The long test in short: some kills, flipped bits and wrong inputs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.tensorflow
def test_nothing_is_lost_and_nothing_silently_wrong(tmp_path):
    command = [sys.executable, ROOT / "benchmarks" / "chaos.py", "--home", tmp_path, "--amount", "0.005"]
    command += ["--parts", "kills", "flips", "fuzz"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
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
