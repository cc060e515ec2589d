"""ResNeXt for ImageNet, arXiv 1611.05431, table 1."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks, resnet_imagenet
from keras_ean.backbones.base import Backbone, register

STAGES = {26: (2, 2, 2, 2), **{depth: resnet_imagenet.STAGES[depth] for depth in (50, 101, 152)}}


@register("resnext_imagenet")
@dataclass(frozen=True)
class ResNeXtImageNet(Backbone):
    """ResNet of bottlenecks whose 3×3 convolutions have `cardinality` groups; "resnext50_32x4d" and the like.

    A block of the first stage has cardinality · group_width inner and 4 · width outer channels.

    Args:
        depth: The number of layers: 26, 50, 101 or 152.
        cardinality: The number of groups of the 3×3 convolution.
        group_width: The number of channels of each group in the first stage.
        width: The number of channels of the stem.

    Example:
        >>> ResNeXtImageNet(50, cardinality=32, group_width=4).stages
        (3, 4, 6, 3)
    """

    depth: int = 50
    cardinality: int = 32
    group_width: int = 4
    width: int = 64

    def __post_init__(self):
        blocks.check_choice("depth", self.depth, tuple(STAGES))
        blocks.check_positive(cardinality=self.cardinality, group_width=self.group_width, width=self.width)

    @property
    def stages(self) -> tuple[int, ...]:
        return STAGES[self.depth]

    def features(self, images, attend):
        x = resnet_imagenet.stem(images, self.width)

        def block(x, stage, stride, name, hook):
            inner, channels = self.cardinality * self.group_width * 2**stage, 4 * self.width * 2**stage
            return blocks.bottleneck(x, inner, channels, stride, name, hook, groups=self.cardinality)

        return blocks.residual_stages(x, self.stages, block, attend)

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"resnext(\d+)[-_](\d+)x(\d+)d", name)
        if not match or int(match[1]) not in STAGES:
            return None
        return {"depth": int(match[1]), "cardinality": int(match[2]), "group_width": int(match[3])}

    @classmethod
    def examples(cls):
        return ("resnext50_32x4d", "resnext101_32x8d")
