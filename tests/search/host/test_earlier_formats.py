"""Searches that an earlier version recorded go on to the end that they would have come to there."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import get
from keras_ean.search.host import earlier_formats
from keras_ean.search.host.glance import glance
from keras_ean.search.host.store import FILE, Store
from tests.recorded import unpack

FACTS = {"early_stopping": None, "supernet": "cbf67f95b1d4e323"}


@pytest.fixture
def recorded(tmp_path):
    return unpack(tmp_path, "run_searching", "run_finished")


def open_in(folder):
    oracle = get("reinforce", (1, 1, 1), "accuracy", max_steps=6, samples_per_step=2, seed=0)
    oracle._set_project_dir(str(folder), "search")
    return oracle.open(oracle.plan(compare_random=True, facts=FACTS))


def outcome(store):
    scored = [
        (one.scheme, one.reward, dict(one.parts), dict(one.metrics), one.share, one.step, one.trial, one.origin)
        for one in store.evaluations()
    ]
    steps = [
        {**step, "schemes": [Scheme(text, (1, 1, 1)) for text in step["schemes"]], "probabilities": None}
        for step in store.steps()
    ]
    return scored, steps, [step["probabilities"] for step in store.steps()]


def test_a_stopped_search_ends_as_if_it_had_not_been_stopped(recorded):
    finished = open_in(recorded / "run_finished")
    scores = {one.scheme: one.metrics for one in finished.evaluations()}
    ledger = open_in(recorded / "run_searching")
    assert len(ledger.evaluations()) == 5
    asked = []
    while job := ledger.issue("a"):
        asked.append(job.scheme)
        ledger.end(job.id, scores[job.scheme])
    assert ledger.finished
    assert set(asked) == set(scores) - {one.scheme for one in ledger.evaluations()[:5]}
    assert_alike(outcome(ledger.store), outcome(finished.store))
    assert_alike(ledger.store.value("phases"), finished.store.value("phases"))


def assert_alike(now, then):
    """Numbers but for rounding, since the recording was made on a processor that rounds otherwise; all else equal."""
    assert type(now) is type(then)
    if isinstance(now, dict):
        assert list(now) == list(then)
        assert_alike(list(now.values()), list(then.values()))
    elif isinstance(now, list | tuple):
        assert len(now) == len(then)
        for one, other in zip(now, then, strict=True):
            assert_alike(one, other)
    elif isinstance(now, float | np.ndarray):
        np.testing.assert_allclose(now, then, rtol=1e-9, atol=1e-15)
    else:
        assert now == then


def test_a_finished_search_stays_finished(recorded):
    ledger = open_in(recorded / "run_finished")
    assert ledger.issue("a") is None
    assert ledger.finished
    assert glance(recorded / "run_finished/search" / FILE).phase == "done"
    assert Store(recorded / "run_finished/search" / FILE).value("format") == 3


def test_what_its_evaluator_scored_with_still_binds_but_for_the_speed(recorded):
    ledger = open_in(recorded / "run_searching")
    assert "schemes_per_pass" not in ledger.evaluator
    ledger.agree(ledger.evaluator)
    with pytest.raises(ValueError, match="images was 640 and is now 64"):
        ledger.agree({**ledger.evaluator, "images": 64})


@pytest.mark.parametrize(
    ("searcher", "expected"),
    [
        ({"members": [[0, 0, 1], [1, 1, 1]]}, {"members": [Scheme("0 01"), Scheme("1 11")]}),
        ({"current": [0, 1, 1], "stuck": False}, {"current": Scheme("0 11"), "stuck": False}),
        ({"current": None, "stuck": False}, {"current": None, "stuck": False}),
        ({"modes": [[1, 0, 1]]}, {"modes": [[1, 0, 1]]}),
    ],
)
def test_schemes_of_every_searcher_are_rewritten(searcher, expected):
    for batch, written in ((None, None), ([], []), ([[1, 0, 1]], [Scheme("1 01")])):
        progress = {"batch": batch, "failed": [[0, 0, 1]], "searcher": dict(searcher)}
        state = earlier_formats.from_1({"settings": {"stages": [1, 2]}, "progress": progress})
        assert state["phases"] == {"batch": written, "failed": [Scheme("0 01")], "searcher": expected}
        assert "progress" not in state
