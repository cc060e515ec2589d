from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_ean.measure.effects import effects
from keras_ean.measure.effects_by_image import effects_by_image


def every(blocks):
    return np.array(list(product((0, 1), repeat=blocks)))


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=5), st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_effects_are_those_of_the_means(worth, seed):
    """And so are the errors for other schemes, where images have none."""
    random = np.random.default_rng(seed)
    bits = every(len(worth))
    means = bits @ worth + random.normal(size=len(bits))
    values = np.repeat(means[:, None], 20, axis=1) + random.normal(size=20)  # What images have in common is no noise.
    found = effects_by_image(bits, values)
    np.testing.assert_allclose([one.effect for one in found], [one.effect for one in effects(bits, means).blocks])
    assert max(one.error for one in found) < 1e-9, "all schemes are known, and no image speaks against another"


def test_the_error_is_the_noise_of_other_images():
    """Of 400 sets of images, all but about a twentieth give an interval that holds what all images would give."""
    random = np.random.default_rng(0)
    bits, worth = every(3), np.array([0.3, 0.0, -0.2])
    inside = []
    for _ in range(400):
        of_images = worth + random.normal(size=(60, 3))
        values = bits @ of_images.T + random.normal(size=60)
        found = effects_by_image(bits, values)
        inside += [one.low <= true <= one.high for one, true in zip(found, worth, strict=True)]
    assert 0.93 < np.mean(inside) < 0.97


def test_the_error_is_also_that_of_other_schemes():
    """Effects of a sample of schemes, whose blocks interact, are off by as much as the intervals say."""
    random = np.random.default_rng(1)
    bits = every(8)
    means = bits @ random.normal(size=8) + random.normal(size=len(bits))
    true = [one.effect for one in effects(bits, means).blocks]
    inside = []
    for _ in range(200):
        rows = random.choice(len(bits), 40, replace=False)
        values = means[rows, None] + np.zeros((1, 50))
        found = effects_by_image(bits[rows], values)
        inside += [one.low <= value <= one.high for one, value in zip(found, true, strict=True)]
    assert 0.92 < np.mean(inside) < 0.98


def test_hits_that_never_differ_are_not_sure():
    hits = np.ones((8, 100))
    [one, *_] = effects_by_image(every(3), hits, price=0.005)
    assert one.effect == pytest.approx(0)
    assert one.decided == "undecided"
    [one, *_] = effects_by_image(every(3), np.ones((8, 5000)), price=0.005)
    assert one.decided == "off"


def test_what_was_not_varied_has_no_estimate():
    bits = np.array([[0, 0, 1], [1, 1, 1], [0, 0, 1], [1, 1, 1], [0, 1, 1], [1, 1, 1]])
    values = np.random.default_rng(0).normal(size=(6, 30))
    found = effects_by_image(bits, values)
    assert found[2].effect == 0
    assert found[2].error == np.inf
    assert found[2].decided == "undecided"


def test_two_schemes_are_enough_for_one_block():
    [one] = effects_by_image(np.array([[0], [1]]), np.stack([np.zeros(50), np.linspace(0.5, 1.5, 50)]), price=0.01)
    assert one.effect == pytest.approx(1)
    assert one.decided == "on"


@pytest.mark.parametrize(("bits", "values"), [((4, 2), (3, 9)), ((4,), (4, 9)), ((4, 2), (4,)), ((4, 2), (4, 1))])
def test_shapes_must_fit(bits, values):
    with pytest.raises(ValueError, match="effects_by_image takes"):
        effects_by_image(np.zeros(bits), np.zeros(values))
