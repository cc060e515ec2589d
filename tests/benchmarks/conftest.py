import sys
from pathlib import Path

import keras
import pytest

from keras_ean.attention.base import REGISTRY

HERE = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    """The benchmarks can be imported, anew in each test."""
    monkeypatch.syspath_prepend(str(HERE))
    registered = dict(REGISTRY.classes), dict(keras.saving.get_custom_objects())
    yield
    for known, before in zip((REGISTRY.classes, keras.saving.get_custom_objects()), registered, strict=True):
        known.clear()
        known.update(before)
    for path in HERE.glob("*.py"):
        sys.modules.pop(path.stem, None)
