"""A small network for `fit`, with a module between its convolutions."""

import keras
import pytest

from keras_ean import attention


@pytest.fixture
def network():
    """Three convolutions, shared SE after two of them, compiled without XLA."""
    module = attention.get("se", reduction=2).at((0, 1), "attention")
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="stem_conv")(inputs)
    for block in range(2):
        x = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name=f"conv_{block}")(x)
        x, _ = module(x, place=block)
    outputs = keras.layers.Dense(10, name="logits")(keras.layers.GlobalAveragePooling2D()(x))
    return compiled(keras.Model(inputs, outputs, name="network"))


def compiled(model, **options):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05, 0.9), loss, **{"jit_compile": False, **options})
    return model
