"""`ean.improve` on every backend, and on two devices."""

import json
import os
import subprocess
import sys

import keras
import pytest


@pytest.mark.backends
def test_it_runs_from_end_to_end_on_every_backend_and_on_two_devices(tmp_path):
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=2"
    command = [sys.executable, "-m", "tests.improving_worker", tmp_path / "run"]
    done = subprocess.run(command, env={**os.environ, "XLA_FLAGS": flags}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["devices"] == (1 if keras.backend.backend() == "torch" else 2)
    for reported, measured in said["accuracies"].values():
        assert reported == pytest.approx(measured, abs=1e-6)
    assert "Attention pays: undecided." in said["text"]
