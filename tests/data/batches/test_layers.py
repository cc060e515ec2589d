import keras
import numpy as np
import pytest

from keras_ean.data import CropFlipLayer

from .test_augment import crops


def test_every_image_of_a_batch_has_a_crop_of_its_own():
    image = np.random.default_rng(0).uniform(1, 2, (5, 6, 2)).astype("float32")
    known = crops(image, 2)
    images = keras.ops.convert_to_numpy(CropFlipLayer(2, seed=0)(np.repeat(image[None], 2000, 0), training=True))
    counts = np.unique([known[crop.tobytes()] for crop in images], axis=0, return_counts=True)[1]
    assert len(counts) == 50
    assert counts.min() > 15
    assert counts.max() < 75


def test_without_flip_no_image_is_mirrored():
    image = np.random.default_rng(0).uniform(1, 2, (5, 6, 2)).astype("float32")
    layer = CropFlipLayer(1, flip=False, seed=0)
    images = keras.ops.convert_to_numpy(layer(np.repeat(image[None], 200, 0), training=True))
    assert not any(crops(image, 1)[crop.tobytes()][2] for crop in images)


def test_inference_leaves_images_alone():
    images = np.random.default_rng(0).normal(size=(4, 5, 5, 1)).astype("float32")
    assert np.array_equal(keras.ops.convert_to_numpy(CropFlipLayer()(images)), images)


def test_in_a_compiled_step_and_after_saving(tmp_path, images):
    x, y = images
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), CropFlipLayer(3, flip=False, seed=1), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].padding == 3
    assert loaded.layers[0].flip is False
    assert loaded.predict(x, verbose=0) == pytest.approx(model.predict(x, verbose=0), abs=1e-5)
