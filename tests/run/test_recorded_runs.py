"""Runs that an earlier version began (tests/recorded) are continued: what is finished is kept, the rest goes on."""

import json
import shutil

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_ean import Scheme
from keras_ean.run import Run, read_json
from keras_ean.training import Checkpoint
from tests.recorded import unpack

QUIET = Console(quiet=True)
pytestmark = pytest.mark.usefixtures("eagerly", "timed_briefly", "sketched")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return unpack(tmp_path_factory.mktemp("recorded"), "run_finished", "run_searching", "run_training")


def test_a_finished_run_is_finished(recorded, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("trained again"))
    folder = recorded / "run_finished"
    kept = ("supernet.keras", "scheme.json", "networks/*/*", "exports/*/*", "report/report.json")
    before = {path: path.read_bytes() for pattern in kept for path in folder.glob(pattern) if path.is_file()}
    run = Run(folder, None, QUIET)
    assert run() == folder / "report"
    assert {path: path.read_bytes() for path in before} == before
    assert len(before) > 10
    assert run.search() == Scheme(read_json(folder / "scheme.json")["scheme"])
    assert run.evaluate("shared")["accuracy"] == pytest.approx(run.figures("shared")["accuracy"], abs=1e-6)


@pytest.mark.tensorflow
def test_a_search_goes_on_and_ends_as_the_one_that_was_not_stopped(recorded):
    finished, stopped = (Run(recorded / f"run_{name}", None, QUIET) for name in ("finished", "searching"))
    truth = finished.tuner().evaluations()
    begun = stopped.tuner().evaluations()
    assert 0 < len(begun) < len(truth)
    assert stopped.search() == finished.search()
    ended = stopped.tuner().evaluations()
    assert [(one.scheme, one.reward) for one in ended[: len(begun)]] == [(one.scheme, one.reward) for one in begun]
    assert [one.scheme for one in ended] == [one.scheme for one in truth]
    np.testing.assert_allclose([one.reward for one in ended], [one.reward for one in truth], atol=1e-6)


@pytest.mark.tensorflow
def test_a_training_goes_on_from_its_checkpoint_and_ends_as_the_one_that_was_not_stopped(recorded, monkeypatch):
    begun = []
    restore = Checkpoint.restore
    monkeypatch.setattr(
        Checkpoint, "restore", lambda self, model: (begun.append(self.finished_epochs), restore(self, model))
    )
    run = Run(recorded / "run_training", None, QUIET)
    supernet = run.pretrain()
    assert begun == [1]
    truth = Run(recorded / "run_finished", None, QUIET).pretrain()
    for found, wanted in zip(supernet.get_weights(), truth.get_weights(), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_trained_network_has_the_scheme_that_it_was_trained_with(recorded, tmp_path):
    # Earlier versions drew another random scheme for each seed.
    folder = shutil.copytree(recorded / "run_finished", tmp_path / "run")
    (folder / "manifest.json").unlink(missing_ok=True)
    facts = read_json(folder / "networks/random-0/metrics.json")
    other = "1 1 0" if facts["scheme"] != "1 1 0" else "0 1 1"
    (folder / "networks/random-1").mkdir()
    (folder / "networks/random-1/metrics.json").write_text(json.dumps({**facts, "seed": 1, "scheme": other}))
    run = Run(folder, None, QUIET)
    assert str(run.scheme("random", 1)) == other
    assert str(run.scheme("random", 0)) == facts["scheme"]


def test_a_verdict_that_lacks_weights_of_an_earlier_version_says_which_and_what_to_do(recorded, tmp_path):
    folder = shutil.copytree(recorded / "run_finished", tmp_path / "run")
    (folder / "manifest.json").unlink(missing_ok=True)
    for network in ("plain", "shared", "random", "found"):
        (folder / f"networks/{network}-0/answers.npy").unlink(missing_ok=True)
    (folder / "networks/plain-0/model.keras").unlink()
    message = r"'plain' of seed 0 .*\. Remove .*plain-0, and it is trained again"
    with pytest.raises(FileNotFoundError, match=message):
        Run(folder, None, QUIET).verdict()
