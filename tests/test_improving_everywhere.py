"""`ean.improve` on every backend, and on two devices."""

import os

import keras
import pytest

from tests import forking, improving_worker


@pytest.mark.backends
def test_it_runs_from_end_to_end_on_every_backend_and_on_two_devices(tmp_path):
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=2"
    devices, accuracies, text = forking.run(improving_worker.improved, tmp_path / "run", XLA_FLAGS=flags)
    assert devices == (1 if keras.backend.backend() == "torch" else 2)
    assert set(accuracies) == {"plain", "shared", "found"}
    for reported, measured in accuracies.values():
        assert reported == pytest.approx(measured, abs=1e-6)
    assert "Attention pays: undecided." in text
