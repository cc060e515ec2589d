"""Models of keras.applications, with the classes of the data, and with weights from a file."""

from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.run.given_images import in_range
from keras_ean.run.model_source import ModelSource
from keras_ean.run.open_model import application_pixels, known_pixels, open_model
from tests.cli.test_improve import small


def test_a_model_of_keras_applications_has_the_classes_of_the_data():
    source = ModelSource(name="keras.applications:MobileNetV2", size=(32, 32))
    model = open_model(source, lambda: 3)
    assert (model.input_shape, model.output_shape, model.loss) == (
        (None, 32, 32, 3),
        (None, 3),
        "sparse_categorical_crossentropy",
    )
    with pytest.raises(ValueError, match="Did you mean 'MobileNetV2'"):
        open_model(ModelSource(name="keras.applications:MobilNetV2"), lambda: 3)
    with pytest.raises(FileNotFoundError, match="there is no file 'nowhere.keras'"):
        open_model(ModelSource(name="nowhere.keras"), lambda: 3)


def test_weights_are_those_of_the_very_model_and_of_nothing_else(tmp_path, recwarn):
    source = ModelSource(name="keras.applications:MobileNetV2", size=(32, 32))
    good, bad = tmp_path / "two.weights.h5", tmp_path / "bad.weights.h5"
    model = open_model(source, lambda: 2)
    model.save_weights(good)
    bad.write_bytes(b"nonsense")
    again = open_model(ModelSource(name=source.name, size=(32, 32), weights=str(good)), lambda: 2)
    for mine, kept in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, kept)
    for path, classes in ((good, 3), (bad, 2)):
        with pytest.raises(ValueError, match=rf"{path.name} does not hold .* gives \(None, {classes}\)") as caught:
            open_model(ModelSource(name=source.name, size=(32, 32), weights=str(path)), lambda classes=classes: classes)
        assert "\n" not in str(caught.value)
    assert not [str(warning.message) for warning in recwarn if "Skipping" in str(warning.message)]


def test_photographs_are_brought_to_what_the_model_takes():
    unscaled = small(scaled=False)
    with pytest.raises(ValueError, match="--pixels"):
        known_pixels(ModelSource(name="small.keras"), unscaled)
    assert known_pixels(ModelSource(name="small.keras"), small()) == "0..255"
    assert known_pixels(ModelSource(name="small.keras", pixels="0..1"), unscaled) == "0..1"
    assert [application_pixels(name) for name in ("MobileNetV2", "ResNet50", "EfficientNetB0", "DenseNet121")] == [
        "-1..1",
        "caffe",
        "0..255",
        "torch",
    ]
    generator = np.random.default_rng(0)
    images = generator.random((2, 4, 4, 3)).astype("float32")
    found = ean.data.load((generator.random((40, 4, 4, 3)), np.arange(40) % 2))
    for pixels, function in {
        "-1..1": keras.applications.mobilenet_v2.preprocess_input,
        "caffe": keras.applications.resnet.preprocess_input,
        "torch": keras.applications.densenet.preprocess_input,
    }.items():
        np.testing.assert_allclose(in_range(images, pixels, found), function(255 * images), rtol=1e-4, atol=1e-4)
    x, _ = replace(found.train, normalize=False).arrays()
    np.testing.assert_allclose(in_range(x, "normalized", found), found.train.arrays()[0], rtol=1e-4, atol=1e-5)
