"""What whole runs in small share."""

from contextlib import contextmanager

import pytest

from tests import shortcuts
from tests.run.starting import start
from tests.small_backbone import known_by_name

collect_ignore = ["report/browser.py"]  # A program of its own.


@contextmanager
def directly():
    with shortcuts.eagerly(), shortcuts.timed_briefly(), shortcuts.read_back_here(), known_by_name():
        yield


@pytest.fixture(scope="module")
def no_detours():
    """Runs with the backbone "small", step by step, whose exports are read back here: steps are traced in
    tests/test_improving_everywhere.py, and tests/exporting reads artefacts back in a process of its own."""
    with directly():
        yield


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A whole run."""
    with directly():
        run = start(tmp_path_factory.mktemp("runs") / "whole")
        run()
    return run
