"""What every registered module must hold to; a new module needs no change here."""

import inspect
import re
import sys

import keras
import numpy as np
import pytest

from keras_ean import attention, testing
from keras_ean.attention.base import REGISTRY
from keras_ean.testing import check_attention
from keras_ean.testing.running import maps

from .helpers import applied, built

everywhere = pytest.mark.parametrize("name", attention.available())
KINDS = ("se", "dia", "cbam", "simam")
"""A plain one, one with a state, one with statistics of its own, and one without parameters."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.backends] if name in KINDS else []) for name in attention.available()],
)
def test_keeps_the_contract(name, monkeypatch):
    """What differs from backend to backend is what the layers compute, which tests/attention/test_formulas.py tries for
    every module on each; the contract is tried there for one of each kind, and its networks for two."""
    if keras.backend.backend() != "tensorflow" and name not in ("se", "dia"):
        monkeypatch.setattr(testing.attention, "check_networks", lambda *_: None)
    check_attention(name)


@everywhere
def test_options_are_kept_and_validated(name):
    module = attention.get(name)
    twin = module.at((3, 5), "twin")
    keep = {key: value for key, value in module.get_config().items() if key not in ("name", "places")}
    assert {**keep, "places": (3, 5), "name": "twin"} == {**twin.get_config(), "places": (3, 5)}
    assert type(keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(twin))) is type(module)
    with pytest.raises(ValueError, match=f"attention module '{name}': Unknown option 'nonsense'"):
        attention.get(name, nonsense=1)
    for option in keep:
        parameter = inspect.signature(type(module)).parameters.get(option)
        if parameter is not None and parameter.annotation in (int, int | None):
            for wrong in (0, -1, 1.5, "4", True):
                with pytest.raises(ValueError, match=rf"\b{option} is .*not {re.escape(repr(wrong))}"):
                    attention.get(name, **{option: wrong})
                with pytest.raises(ValueError, match=rf"^{option} is .*not {re.escape(repr(wrong))}"):
                    type(module)(**{option: wrong})


@everywhere
def test_maps_have_their_channels_last_whatever_keras_prefers(name):
    x = maps((2, 6, 5, 8))
    expected, before = applied(built(name, x.shape), x), keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        found = applied(built(name, x.shape), x)
    finally:
        keras.config.set_image_data_format(before)
    np.testing.assert_array_equal(found, expected)


@everywhere
def test_documentation_names_source_and_sharing(name):
    cls = REGISTRY.lookup(name)
    assert re.search(r"arXiv \d{4}\.\d{5}|https://", sys.modules[cls.__module__].__doc__)
    assert "Not shared between blocks: " in cls.__doc__
    assert "Shared: " in cls.__doc__


def test_a_choice_is_told_to_be_tried_module_by_module():
    with pytest.raises(ValueError, match="one module: call it for each of the 2 of the choice"):
        check_attention("eca+se")
