"""`ean.improve` on every backend, and on two devices."""

import json
import os

import keras
import pytest

from tests import forks


@pytest.mark.backends
def test_it_runs_from_end_to_end_on_every_backend_and_on_two_devices(tmp_path):
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=2"
    environment = {**os.environ, "XLA_FLAGS": flags}
    done = forks.run("-m", "tests.improving_worker", tmp_path / "run", environment=environment)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["devices"] == (1 if keras.backend.backend() == "torch" else 2)
    for reported, measured in said["accuracies"].values():
        assert reported == pytest.approx(measured, abs=1e-6)
    assert "Attention pays: undecided." in said["text"]
