import numpy as np
import pytest

from keras_ean.data import random_light

COUNT = 4000


def lit(value: float, **options) -> np.ndarray:
    return random_light(np.full((COUNT, 8, 8, 1), value), np.random.default_rng(0), **options)


def test_brightness_contrast_and_noise_have_the_stated_spread():
    black = lit(0.0, inverted=0)
    offset, grain = black.mean((1, 2, 3)), black.std((1, 2, 3))
    assert offset.min() == pytest.approx(-0.8, abs=0.05)
    assert offset.max() == pytest.approx(0.8, abs=0.05)
    assert offset.mean() == pytest.approx(0, abs=0.03)
    assert grain.mean() == pytest.approx(0.08, abs=0.002)
    gain = (lit(1.0, inverted=0) - black).mean((1, 2, 3))
    assert gain.min() == pytest.approx(0.15, abs=0.02)
    assert gain.max() == pytest.approx(1.0, abs=0.02)
    assert gain.mean() == pytest.approx(0.575, abs=0.02)


def test_half_of_the_images_are_negatives():
    images = np.zeros((COUNT, 8, 8, 1))
    images[:, :4] = 1
    shown = random_light(images, np.random.default_rng(0))
    negative = shown[:, :4].mean((1, 2, 3)) < shown[:, 4:].mean((1, 2, 3))
    assert negative.mean() == pytest.approx(0.5, abs=0.03)


def test_one_light_per_image():
    shown = lit(0.5, noise=0)
    assert np.ptp(shown, axis=(1, 2, 3)).max() == 0
    assert len(np.unique(shown[:, 0, 0, 0])) == COUNT
    assert shown.dtype == np.float32
