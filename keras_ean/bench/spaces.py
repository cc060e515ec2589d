"""The small spaces whose every scheme is trained: what a table is a table of."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import keras

from keras_ean import attention, data, recipes
from keras_ean.backbones import Backbone, blocks
from keras_ean.data import CropFlip, ImageData
from keras_ean.recipes import Recipe
from keras_ean.registry import look_up
from keras_ean.supernet.supernet import Supernet, build_supernet


@keras.saving.register_keras_serializable("keras_ean")
@dataclass(frozen=True)
class StagedResNet(Backbone):
    """Builds a ResNet of basic blocks in stages of any length behind a 3×3 stem, since a space needs few blocks.

    Args:
        lengths: The number of blocks of each stage; from stage to stage the channels double, and height and width
            halve.
        width: The number of channels of the stem and of the first stage.
    """

    lengths: tuple[int, ...] = (4, 4)
    width: int = 8

    def __post_init__(self):
        object.__setattr__(self, "lengths", tuple(self.lengths))

    @property
    def stages(self) -> tuple[int, ...]:
        return self.lengths

    def features(self, images, attend):
        x = blocks.conv(images, self.width, 3, "stem_conv")
        x = blocks.relu(blocks.norm(x, "stem_norm"), "stem_relu")

        def block(x, stage, stride, name, hook):
            return blocks.basic(x, self.width * 2**stage, stride, name, hook)

        return blocks.residual_stages(x, self.stages, block, attend)


@dataclass(frozen=True)
class Space:
    """Describes a space: all schemes of a backbone with one attention module, on given data and trained in a given way.

    Args:
        backbone: The backbone, with m residual blocks; a table of the space has 2^m rows.
        attention: The name of the attention module, such as "se".
        data: The arguments of `keras_ean.data.load`, by name.
        recipe: How every network is trained.
        options: The options of the attention module, such as {"reduction": 4}.
        seeds: The number of trainings of each scheme, each with another seed.
        share: Whether the blocks of a stage share one module; otherwise each block has its own.
    """

    backbone: Backbone
    attention: str
    data: dict[str, Any]
    recipe: Recipe
    options: dict[str, Any] = field(default_factory=dict)
    seeds: int = 6
    share: bool = True

    def settings(self) -> dict[str, Any]:
        """Gives everything that the results of the trainings depend on, as plain values for JSON."""
        return {
            "backbone": {"name": type(self.backbone).__name__, **self.backbone.get_config()},
            "attention": {"name": self.attention, **self.options},
            "share": self.share,
            "data": {key: str(value) for key, value in self.data.items()},
            "recipe": {**asdict(self.recipe), "augmentation": repr(self.recipe.augmentation)},
            "seeds": self.seeds,
        }

    def load(self) -> ImageData:
        """Loads the images that the space's networks are trained and judged on."""
        return data.load(**self.data)

    def supernet(self, images: ImageData, sampling: str = "bernoulli", seed: int | None = None, **options) -> Supernet:
        """Builds an untrained supernet of the space, for its `images`.

        Args:
            images: The data set, which tells the size of the images and the number of classes.
            sampling: The rule by which training draws schemes, as for `keras_ean.build_supernet`.
            seed: The seed of the drawn schemes.
            options: Further arguments of `keras_ean.build_supernet`.
        """
        module = attention.get(self.attention, **self.options)
        return build_supernet(
            self.backbone, module, images.shape, images.classes, self.share, sampling=sampling, seed=seed, **options
        )


_LIGHT = {
    "source": "digits",
    "light": True,
    "train": 300,
    "test": 0.5,
    "validation": 0.4,
    "test_draws": 3,
}
_SHORT = replace(recipes.get("digits-short"), epochs=4)

_LONG = replace(_SHORT, epochs=24)

_CUE = {"source": "cue", "digits": (0, 1), "train": 1500, "validation": 500, "height": 8, "play": 1}
_TO_THE_PLATEAU = replace(recipes.get("digits-one-cycle"), epochs=20, batch_size=32)

_CIFAR = {"source": ".data/cifar10", "train": 1000, "validation": 200}
_ONE_CYCLE = Recipe(
    epochs=8,
    batch_size=128,
    rate=0.2,
    schedule="one_cycle",
    warmup=0.2,
    nesterov=True,
    weight_decay=5e-4,
    augmentation=CropFlip(padding=4),
    drop_remainder=True,
)

SPACES: dict[str, Space] = {
    "digits-light-8": Space(StagedResNet((4, 4), 8), "se", _LIGHT, _SHORT, {"reduction": 4}),
    "digits-light-sge-8": Space(StagedResNet((3, 3, 2), 8), "sge", _LIGHT, replace(_SHORT, epochs=3), {"groups": 4}),
    "digits-light-6": Space(StagedResNet((2, 2, 2), 8), "se", _LIGHT, _LONG, {"reduction": 4}, seeds=4),
    "cue-3": Space(StagedResNet((1, 1, 1), 8), "se", _CUE, _TO_THE_PLATEAU, {"reduction": 2}, seeds=4),
    "spacing-3": Space(
        StagedResNet((1, 1, 1), 8),
        "se",
        {"source": "spacing"},
        replace(_TO_THE_PLATEAU, batch_size=64),
        {"reduction": 2},
        seeds=4,
    ),
    "cifar10-se-8": Space(StagedResNet((3, 3, 2), 16), "se", _CIFAR, _ONE_CYCLE, {"reduction": 4}),
}


def available() -> list[str]:
    """Lists the names of the spaces, those included whose table has not been made yet."""
    return sorted(SPACES)


def get(name: str) -> Space:
    """Gives the space called `name`; if there is none, a ValueError lists the known ones."""
    return look_up("space", name, SPACES)
