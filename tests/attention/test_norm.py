import keras
import numpy as np
import pytest

from keras_ean.attention import PlaceNorm
from keras_ean.testing.running import maps


def test_statistics_belong_to_the_place():
    norm = PlaceNorm(places=(3, 5))
    twin = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    for step in range(3):
        norm(10 * maps((16, 4), seed=9), place=5, training=True)
        ours, theirs = (
            layer(maps((16, 4), seed=step), training=True) for layer in (lambda *a, **k: norm(*a, place=3, **k), twin)
        )
        np.testing.assert_allclose(np.array(ours), np.array(theirs), atol=1e-5)
    np.testing.assert_allclose(np.array(norm.moving_mean["3"]), np.array(twin.moving_mean), atol=1e-6)
    np.testing.assert_allclose(np.array(norm.moving_variance["3"]), np.array(twin.moving_variance), atol=1e-6)
    assert np.max(np.array(norm.moving_variance["5"])) > 10 * np.max(np.array(norm.moving_variance["3"]))


def test_frozen_norm_uses_and_keeps_its_statistics():
    norm = PlaceNorm()
    x = 5 + maps((16, 4))
    norm.build(x.shape)
    norm.trainable = False
    np.testing.assert_allclose(np.array(norm(x, place=0, training=True)), x / np.sqrt(1 + 1e-5), rtol=1e-6)
    assert not np.any(np.array(norm.moving_mean["0"]))


def test_weights_and_epsilon_enter_in_full_precision():
    norm = PlaceNorm(epsilon=0.25, dtype="mixed_bfloat16")
    norm.build((None, 1))
    for weight, value in ((norm.gamma, 100.2), (norm.beta, -50), (norm.moving_variance["0"], 3.75)):
        weight.assign([value])
    y = keras.ops.cast(norm(np.ones((1, 1)), place=0), "float32")
    np.testing.assert_allclose(y, [[0.1]], rtol=0.01)  # In bfloat16, 100.2 would be 100.


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_does_not_overflow(precision):
    norm = PlaceNorm(dtype=precision)
    y = norm(keras.ops.cast(1000 * maps((64, 4)), precision.removeprefix("mixed_")), place=0, training=True)
    assert np.std(np.array(keras.ops.cast(y, "float32"))) == pytest.approx(1, abs=0.05)


def test_survives_saving(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, PlaceNorm(places=(0, 2), momentum=0.5)(inputs, place=2))
    model(maps((8, 4)), training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.array(loaded(maps((8, 4)))), np.array(model(maps((8, 4)))))
