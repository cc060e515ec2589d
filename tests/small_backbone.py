"""A backbone for tests that build many supernets: tracing and compiling it takes a fraction of a ResNet's time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import pytest

from keras_ean.backbones import Backbone
from keras_ean.backbones.base import REGISTRY


@keras.saving.register_keras_serializable("tests")
@dataclass(frozen=True)
class Small(Backbone):
    """Residual blocks of one convolution with a norm; 4 channels, twice as many and half the size per stage."""

    stages: tuple[int, ...] = (3, 1)
    norm: str = "BatchNormalization"

    @classmethod
    def parse(cls, name):
        return {} if name == "small" else None

    def __post_init__(self):
        object.__setattr__(self, "stages", tuple(self.stages))

    def features(self, images, attend):
        x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem_conv")(images)
        x = keras.layers.ReLU(name="stem_relu")(self.normalized(x, "stem_norm"))
        block = 0
        for stage, blocks in enumerate(self.stages):
            for place in range(blocks):
                x = self.block(x, 4 * 2**stage, f"stage_{stage}_block_{place}", lambda y, block=block: attend(y, block))
                block += 1
        return x

    def normalized(self, x, name):
        return getattr(keras.layers, self.norm)(name=name)(x)

    def block(self, x, channels, name, attend):
        strides = channels // x.shape[-1]
        y = keras.layers.Conv2D(channels, 3, strides, padding="same", use_bias=False, name=f"{name}_conv")(x)
        y = attend(self.normalized(y, f"{name}_norm"))
        if strides > 1:
            x = keras.layers.AveragePooling2D(1, strides, name=f"{name}_pick")(x)
            x = keras.layers.Conv2D(channels, 1, name=f"{name}_projection")(x)
        return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_add")([y, x]))


@contextmanager
def known_by_name() -> Iterator[None]:
    """Inside, the name "small" is known, as in a run's configuration: `backbone={name: small, stages: [2, 1]}`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(REGISTRY.classes, "small", Small)
        yield
