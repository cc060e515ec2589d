"""Searches killed at any instant, and spread over a chief and workers: always the result of one undisturbed process."""

import json
from pathlib import Path

import pytest

from tests import forks

SCRIPT = Path(__file__).with_name("processes.py")
SCENARIOS = ("statements", "times", "workers", "worker killed", "chief killed")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    done = forks.run(SCRIPT, tmp_path_factory.mktemp("searches"), "whole", *SCENARIOS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_evaluations_log_and_final_state_bit_for_bit(outcomes, scenario):
    for part in ("evaluations", "conclusion", "steps", "phases", "scores"):
        assert outcomes[scenario][part] == outcomes["whole"][part]


def test_schemes_are_scored_once(outcomes):
    assert outcomes["whole"]["asked"] == outcomes["whole"]["scores"]
    assert outcomes["workers"]["asked"] == outcomes["workers"]["scores"]
    for scenario in ("statements", "times"):
        # A pass that was cut off is made again, and nothing else: at most a batch of three a kill.
        assert outcomes[scenario]["kills"] > 0
        assert outcomes[scenario]["asked"] <= outcomes[scenario]["scores"] + 3 * outcomes[scenario]["kills"]


@pytest.mark.tensorflow
def test_workers_score_a_supernet_as_one_process_does_bit_for_bit(tmp_path):
    done = forks.run("-m", "tests.search.supernet_processes", tmp_path)
    assert done.returncode == 0, done.stderr
    one, many = json.loads(done.stdout.splitlines()[-1])
    scores, steps, _ = one
    assert len(scores) >= 6
    assert len(steps) == 2
    assert len({metrics["loss"] for _, _, metrics, _ in scores}) == len(scores)
    assert many == one
