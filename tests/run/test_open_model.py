"""Models of keras.applications, with the classes of the data, and with weights from a file."""

import numpy as np
import pytest

from keras_ean.run.model_source import ModelSource
from keras_ean.run.open_model import open_model


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
