"""A model whose plugged networks would not be read back is refused before anything is trained."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_ean as ean
from tests import shortcuts

IMAGES, CLASSES = np.random.default_rng(0).normal(size=(8, 4, 4, 2)).astype("float32"), np.arange(8) % 2


class Rates(layers.Layer):
    """Whose configuration is read back as a list, which it does not take."""

    def __init__(self, rates=(1, 2), **kwargs):
        super().__init__(**kwargs)
        self.rates = rates
        self.total = rates.__add__((3,))[-1]

    def call(self, x):
        return x * self.total

    def get_config(self):
        return {**super().get_config(), "rates": self.rates}


class Forgetful(layers.Layer):
    """Whose configuration leaves out what it computes by."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return super().get_config()


class Silent(layers.Layer):
    """Which does not tell its configuration."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)


def improved(layer, folder):
    image = keras.Input((4, 4, 2))
    x = layers.Add(name="add")([image, layer(layers.Conv2D(2, 3, padding="same", name="conv")(image))])
    model = keras.Model(image, layers.Dense(2, "softmax")(layers.Flatten()(x)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = dict.fromkeys(("train", "validation", "test"), (IMAGES, CLASSES))
    with shortcuts.eagerly():
        return ean.improve(model, **data, folder=folder, epochs=1, seeds=1, batch_size=8, verbose=False)


@pytest.mark.filterwarnings("ignore:.* are in both")
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: Rates(name="own"), r"'own' \(Rates\) cannot be read back: TypeError: can only concatenate"),
        (lambda: Forgetful(3.0, name="own"), r"'own' \(Forgetful\) .*computes something else"),
        (
            lambda: Silent(keras.ops.tanh, name="own"),
            r"'own' \(Silent\) cannot be read back: NotImplementedError: Object Silent",
        ),
    ],
)
def test_layers_that_would_be_lost_are_named_before_anything_is_trained(layer, message, tmp_path):
    with pytest.raises(ValueError, match=message) as raised:
        improved(layer(), tmp_path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 450
    assert "get_config" in str(raised.value)
    assert not (tmp_path / "curves").exists()
