"""What is read from the text of files is what they register when they are imported."""

import importlib
import inspect

import pytest

from keras_ean import outline
from keras_ean.supernet import sampling

PACKAGES = {
    "keras_ean.attention": "REGISTRY",
    "keras_ean.search.evaluators": "evaluators",
    "keras_ean.exporting.formats": "REGISTRY",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_an_outline_has_the_names_and_the_options_of_the_classes(package):
    module = importlib.import_module(package)
    real = getattr(module, PACKAGES[package]).classes
    own = {name: cls for name, cls in real.items() if cls.__module__.startswith(package)}
    found = outline.registered(outline.ROOT.joinpath(*package.split(".")[1:]))
    assert found.keys() == own.keys()
    if package.endswith("formats"):  # Which are asked for by their names alone.
        return
    for name, cls in own.items():
        assert options(found[name]) == options(cls), name


def options(cls):
    """Name, kind, default and hint of every argument, as far as an outline tells them."""
    plain = (bool, int, float, str, type(None))
    return {
        one.name: (one.kind, one.default if isinstance(one.default, plain) else None)
        for one in inspect.signature(cls).parameters.values()
    }


def test_as_long_as_a_package_is_imported_its_registry_is_asked(monkeypatch):
    modules = outline.registry("attention module", "keras_ean.attention")
    monkeypatch.setitem(modules.classes, "mine", type("Mine", (), {}))
    assert "mine" in outline.registry("attention module", "keras_ean.attention").available()


def test_sampling_strategies():
    assert outline.decorated(outline.ROOT / "supernet" / "sampling.py", "strategy") == [*sampling.STRATEGIES]
