"""The long test in short: some kills, flipped bits and wrong inputs."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from tests import forking

ROOT = Path(__file__).parents[2]


def chaos(*arguments):
    """As a script, whose imports are those of its folder."""
    script = ROOT / "benchmarks" / "chaos.py"
    sys.path.insert(0, str(script.parent))
    sys.argv = [str(script), *arguments]
    runpy.run_path(str(script), run_name="__main__")


@pytest.mark.tensorflow
def test_nothing_is_lost_and_nothing_silently_wrong(tmp_path):
    forking.run(chaos, "--home", str(tmp_path), "--amount", "0.005", "--parts", "kills", "flips", "fuzz")
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
