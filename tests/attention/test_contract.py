"""What every registered module must hold to; a new module needs no change here."""

import inspect
import re
import sys

import keras
import numpy as np
import pytest
from keras import ops

from keras_ean import attention
from keras_ean.attention.base import REGISTRY

from .helpers import applied, built, gradients, maps, run

everywhere = pytest.mark.parametrize("name", attention.available())
SHAPES = [(2, 5, 3, 7), (2, 1, 1, 2), (2, 8, 8, 16)]


@everywhere
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_mask_per_image(name, shape):
    """On odd channels, maps of one position, and fewer channels than the reduction."""
    module, x = built(name, shape, places=(1, 4)), maps(shape)
    state = tuple(maps(s, seed=i) for i, s in enumerate(module.state_shapes(shape)))
    free, after = run(module, x, state, place=4)
    masked, kept = run(module, x, state, np.array([0, 1], "float32"), place=4)
    assert free.shape == shape
    assert np.all(np.isfinite(free))
    np.testing.assert_array_equal(masked[0], x[0])
    np.testing.assert_allclose(masked[1], free[1], rtol=1e-5, atol=1e-6)
    assert len(after) == len(kept) == len(state)
    for old, new, mixed in zip(state, after, kept, strict=True):
        np.testing.assert_array_equal(mixed[0], old[0])
        np.testing.assert_allclose(mixed[1], new[1], rtol=1e-5, atol=1e-6)


@everywhere
@pytest.mark.parametrize("shape", SHAPES[:2], ids=str)
def test_constant_maps_are_finite_in_value_and_gradient(name, shape):
    """One image of zeros, one of threes."""
    module, x = built(name, shape), np.zeros(shape, "float32")
    x[1] = 3.0
    coefficients = maps(shape, seed=2)
    assert np.all(np.isfinite(applied(module, x)))
    by_weight, by_input = gradients(module, lambda x: ops.sum(module(x)[0] * coefficients), [x])
    assert all(np.all(np.isfinite(gradient)) for gradient in by_weight + by_input if gradient is not None)


@everywhere
@pytest.mark.parametrize(("precision", "tolerance"), [("float16", 0.01), ("bfloat16", 0.06)])
def test_mixed_precision(name, precision, tolerance):
    shape = (2, 8, 8, 16)
    exact, module = built(name, shape), built(name, shape, dtype=f"mixed_{precision}")
    x = 10 * maps(shape)
    y = applied(module, x.astype("float16") if precision == "float16" else x)
    assert module.compute_dtype == str(y.dtype) == precision
    error, truth = np.abs(y.astype("float32") - applied(exact, x)), np.max(np.abs(applied(exact, x)))
    assert np.quantile(error, 0.95) <= tolerance * truth


@everywhere
def test_large_map_in_half_precision_does_not_overflow(name):
    """A sum of these 4,096 values, or of their squares, is beyond float16."""
    module = built(name, (1, 64, 64, 8), dtype="mixed_float16")
    assert np.all(np.isfinite(applied(module, np.full((1, 64, 64, 8), 60.0, "float16"))))


@everywhere
def test_options_are_kept_and_validated(name):
    module = attention.get(name)
    twin = module.at((3, 5), "twin")
    keep = {key: value for key, value in module.get_config().items() if key not in ("name", "places")}
    assert {**keep, "places": (3, 5), "name": "twin"} == {**twin.get_config(), "places": (3, 5)}
    assert type(keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(twin))) is type(module)
    with pytest.raises(ValueError, match=f"attention module '{name}': Unknown option 'nonsense'"):
        attention.get(name, nonsense=1)
    for option, value in keep.items():
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and option in inspect.signature(type(module)).parameters
        ):
            for wrong in (0, -1, 1.5, "4", True):
                with pytest.raises(ValueError, match=re.escape(f"not {wrong!r}")):
                    attention.get(name, **{option: wrong})


@everywhere
def test_documentation_names_source_and_sharing(name):
    cls = REGISTRY.lookup(name)
    assert re.search(r"arXiv \d{4}\.\d{5}|https://", sys.modules[cls.__module__].__doc__)
    assert "Not shared between blocks: " in cls.__doc__
    assert "Shared: " in cls.__doc__
