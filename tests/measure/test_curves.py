import keras
import numpy as np
import pytest

from keras_ean.measure import deletion_insertion
from keras_ean.measure.curves import _ranks


@pytest.fixture(scope="module")
def pixelwise():
    """Four classes, one for each of the pixels of a 2×2 image: the logits are the pixels."""
    image = keras.Input((2, 2, 1))
    return keras.Model(image, keras.layers.Flatten()(image))


IMAGES = np.array([[2.0, 0, 1, 0], [0, 3, 0, 0]]).reshape(2, 2, 2, 1)


@pytest.mark.backends
def test_curves_by_hand(pixelwise):
    maps = IMAGES[..., 0]
    curves = deletion_insertion(pixelwise, IMAGES, maps, steps=4, fill=0)
    e = np.exp
    whole, second, none = e(2) / (e(2) + e(1) + 2), 1 / (3 + e(1)), 1 / 4
    np.testing.assert_allclose(curves.deletion[0], [whole, second, none, none, none], rtol=1e-5)
    first = e(2) / (e(2) + 3)
    np.testing.assert_allclose(curves.insertion[0], [none, first, whole, whole, whole], rtol=1e-5)
    wanted = (whole / 2 + second + none + none + none / 2) / 4
    assert curves.deletion_area[0] == pytest.approx(wanted, rel=1e-5)
    assert str(curves).startswith(f"deletion  {curves.deletion_area.mean():.3f} ± ")


def test_a_map_of_what_matters_is_better_than_its_opposite(pixelwise):
    good, bad = (deletion_insertion(pixelwise, IMAGES, sign * IMAGES[..., 0], fill=0, steps=4) for sign in (1, -1))
    assert np.all(good.deletion_area < bad.deletion_area)
    assert np.all(good.insertion_area > bad.insertion_area)


def test_probabilities_are_taken_as_they_are(pixelwise):
    softmax = keras.Model(pixelwise.input, keras.layers.Softmax()(pixelwise.output))
    logits, rows = (deletion_insertion(model, IMAGES, IMAGES[..., 0], [0, 1], 2) for model in (pixelwise, softmax))
    np.testing.assert_allclose(logits.deletion, rows.deletion, rtol=1e-5)


def test_equal_pixels_come_in_random_order():
    ranks = _ranks(np.zeros((2, 8, 8)), 0)
    assert sorted(ranks[0].ravel()) == list(range(64))
    assert not np.array_equal(ranks[0], ranks[1])
    assert _ranks(np.array([[[1.0, 3], [2, 0]]]), 0).tolist() == [[[2, 0], [1, 3]]]


@pytest.mark.parametrize(
    ("maps", "labels", "message"),
    [
        (np.zeros((2, 2)), None, r"one map \(height, width\) for each, not \(2, 2, 2, 1\) and \(2, 2\)"),
        (np.zeros((2, 2, 2)), [1], "1 labels and 2 images"),
    ],
)
def test_shapes_that_do_not_fit(pixelwise, maps, labels, message):
    with pytest.raises(ValueError, match=message):
        deletion_insertion(pixelwise, IMAGES, maps, labels)
