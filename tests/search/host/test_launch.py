"""Starting a chief and workers on this machine, with processes that search a synthetic landscape."""

import os
from pathlib import Path

import pytest

from keras_ean.search.host.glance import Glance, glance
from keras_ean.search.host.launch import launch
from tests.search.processes import STEPS

MAIN = """
import sys
from pathlib import Path
from tests.search.processes import search
search(Path(sys.argv[1]), 0.01)
"""


@pytest.fixture(autouse=True)
def _light(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


def test_chief_and_workers_search_to_the_end(tmp_path):
    polls = []
    file = tmp_path / "search/search.sqlite"
    launch([str(tmp_path)], 1, tmp_path / "logs", lambda: polls.append(glance(file)[1:]), MAIN)
    end = glance(file)
    assert end[:2] == ("done", STEPS)
    assert end.schemes + 15 == len((tmp_path / "asked.txt").read_text().splitlines())
    assert sorted(os.listdir(tmp_path / "logs")) == ["chief.log", "worker_0.log"]
    assert polls == sorted(polls)
    assert glance(tmp_path / "none.sqlite") == Glance(None, 0, 0)


def test_a_chief_that_fails_is_shown(tmp_path):
    main = """
import os, time
if os.environ["KERASTUNER_TUNER_ID"] == "chief":
    raise SystemExit("\\n".join(f"line {number}" for number in range(20)))
time.sleep(600)
"""
    with pytest.raises(ChildProcessError) as error:
        launch([], 1, tmp_path, main=main)
    last = "\n".join(f"line {number}" for number in range(5, 20))
    assert str(error.value) == f"The chief of the search has failed ({tmp_path / 'chief.log'}):\n{last}"


def test_workers_that_all_fail_end_the_search(tmp_path):
    main = """
import os, time
if "worker" in os.environ["KERASTUNER_TUNER_ID"]:
    raise SystemExit("no data")
time.sleep(600)
"""
    with pytest.raises(ChildProcessError, match=r"^The worker of the search has failed \(.*worker_0\.log\):\nno data$"):
        launch([], 2, tmp_path, main=main)


def test_no_workers_are_refused(tmp_path):
    with pytest.raises(ValueError, match="one worker or more"):
        launch([], 0, tmp_path)
