import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    """The benchmarks can be imported, anew in each test."""
    monkeypatch.syspath_prepend(str(HERE))
    yield
    for path in HERE.glob("*.py"):
        sys.modules.pop(path.stem, None)
