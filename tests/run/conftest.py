"""What whole runs in small share."""

import pytest

from tests import shortcuts
from tests.small_backbone import known_by_name


@pytest.fixture(scope="module")
def no_detours():
    """Runs with the backbone "small", step by step, whose exports are read back here: the README's code has its steps
    traced, and tests/exporting reads artefacts back in a process of its own."""
    with shortcuts.eagerly(), shortcuts.read_back_here(), known_by_name():
        yield
