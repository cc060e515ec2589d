"""Networks of one scheme are one network: trained, tested and timed once."""

import shutil

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.run import Run, read_json, trainer
from keras_ean.run.effort import efforts
from tests.run.starting import QUIET

pytestmark = [pytest.mark.backends, pytest.mark.usefixtures("no_detours", "sketched")]


def test_a_scheme_that_another_network_has_is_trained_once(finished, tmp_path, monkeypatch):
    """The search finds here that no attention is best; the random scheme is as empty."""
    folder = tmp_path / "run"
    shutil.copytree(finished.folder.path, folder)
    for name in ("found", "random"):
        for number in range(2):
            shutil.rmtree(folder / "networks" / f"{name}-{number}")
    (folder / "verdict.json").unlink()
    run = Run(folder, None, QUIET)
    run.folder.write_scheme(Scheme.empty(run.stages))
    monkeypatch.setattr(trainer, "train", lambda *args: pytest.fail("trained again"))
    for name in ("random", "found"):
        for number in range(2):
            facts, plain = run.figures(name, number), run.figures("plain", number)
            assert facts == {**plain, "name": name, "same_as": "plain", "seconds": 0.0}
            np.testing.assert_array_equal(run.network(name, number).answers(), run.network("plain", number).answers())
    assert run.verdict().gain.value == 0
    times = {facts["name"]: facts["latency_ms"] for facts in read_json(folder / "report" / "report.json")}
    assert times["found"] == times["random"] == times["plain"] != times["shared"]
    np.testing.assert_array_equal(*(run.network(name).trained().get_weights()[0] for name in ("found", "plain")))
    every = efforts(run.config, run.context.images.numbers, run.stages)["networks"]
    figures = [network.figures() for network in run.compared()]
    assert efforts(run.config, run.context.images.numbers, run.stages, (), figures)["networks"] == 0.5 * every
