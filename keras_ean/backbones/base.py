"""The contract of a backbone."""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

from keras_ean.late import Late
from keras_ean.registry import Registry

keras = Late("keras")
REGISTRY: "Registry[Backbone]" = Registry("backbone family")
Attend = Callable
"""The hook `y = attend(y, block)`, called on every residual branch before its addition, blocks counted from 0."""


@dataclass(frozen=True)
class Backbone:
    """Describes a residual network that knows its stages, and nothing of attention. Subclasses are frozen dataclasses
    of options.

    A family implements `stages`, `features` and `parse`, and lists names in `examples`.
    """

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of residual blocks by stage; the blocks of one stage have equally many channels."""
        raise NotImplementedError(f"{type(self).__name__} must tell its stages.")

    def features(self, images, attend: Attend):
        """Builds the layers up to the last feature map and returns it, (batch, height, width, channels), before
        pooling.

        Args:
            images: The symbolic images that the model takes, (batch, height, width, channels).
            attend: The hook `attend(y, block)`, to be called on the end y of each block's residual branch, before the
                addition; it returns what takes the place of y. Blocks are counted from 0.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement features(images, attend).")

    @classmethod
    def parse(cls, name: str) -> dict | None:
        """Gives the options that a name stands for, or None if the name is not of this family.

        Args:
            name: A name such as "resnet20".
        """
        raise NotImplementedError(f"{cls.__name__} must implement parse(name).")

    @classmethod
    def examples(cls) -> tuple[str, ...]:
        """Lists names of this family for `available` and the documentation; `parse` may accept more."""
        raise NotImplementedError(f"{cls.__name__} must list examples().")

    def neck(self, x):
        """Builds what comes between pooling and the dense layer, and returns it: nothing, unless a family says so.

        Args:
            x: The pooled features, (batch, channels).
        """
        return x

    def inputs(self, input_shape):
        """Makes the model's symbolic input; `input_shape` is (height, width, channels), without the batch."""
        return keras.Input(tuple(input_shape), name="image")

    def outputs(self, inputs, attend: Attend, classes: int, activation=None):
        """Builds the features, global average pooling and one dense layer, and returns the outputs, (batch, classes),
        in float32.

        Args:
            inputs: The symbolic images, as `inputs` makes them.
            attend: The hook `attend(y, block)` that `features` calls on every residual branch.
            classes: The number of outputs.
            activation: The activation of the dense layer, such as "softmax"; None gives logits.
        """
        x = self.features(inputs, attend)
        x = keras.layers.GlobalAveragePooling2D(data_format="channels_last", name="pool")(x)
        return keras.layers.Dense(classes, activation=activation, dtype="float32", name="logits")(self.neck(x))

    def get_config(self) -> dict:
        """Gives the options by name, of which `from_config` makes an equal backbone."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict) -> "Backbone":
        """Makes a backbone of the options that `get_config` gave.

        Args:
            config: The options by name.
        """
        return cls(**config)


def register(name: str):
    """Makes the decorated family known to `keras_ean.backbones.get`, and lets Keras save and load it.

    Args:
        name: The name of the family; its `parse` says which names of backbones belong to it.

    Raises:
        ValueError: The name is taken by another class.
    """

    def decorate(cls):
        return REGISTRY.register(name)(serialisable(cls) if "keras" in sys.modules else cls)

    return decorate


def serialisable(cls: type[Backbone]) -> type[Backbone]:
    """Makes Keras know a family, so that it finds it in what was saved."""
    return keras.saving.register_keras_serializable("keras_ean")(cls)


def make_all_serialisable() -> None:
    """Does so for the families that were registered before Keras was there; one that has a name with Keras keeps it."""
    for family in REGISTRY.classes.values():
        if keras.saving.get_registered_name(family) == family.__name__:
            serialisable(family)
