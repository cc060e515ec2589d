"""ResNeXt for CIFAR, arXiv 1611.05431, section 5.3."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks, resnext_imagenet
from keras_ean.backbones.base import Backbone, register


@register("resnext_cifar")
@dataclass(frozen=True)
class ResNeXtCIFAR(Backbone):
    """Three stages of bottlenecks whose 3×3 convolution has `cardinality` groups, behind a 3×3 stem.

    A block of the first stage has cardinality · width inner and 4 · width outer channels; each stage doubles both.

    Args:
        depth: The number of layers, 9n + 2: 29, 101, …
        cardinality: The number of groups of the 3×3 convolution.
        width: The number of channels of the stem, and of each group in the first stage.

    Example:
        >>> ResNeXtCIFAR(101, cardinality=8, width=32).stages
        (11, 11, 11)
    """

    depth: int = 101
    cardinality: int = 8
    width: int = 32

    def __post_init__(self):
        blocks.check_positive(depth=self.depth, cardinality=self.cardinality, width=self.width)
        if self.depth < 11 or (self.depth - 2) % 9:
            raise ValueError(f"A CIFAR ResNeXt has a depth of 9n + 2: 29, 101, …, not {self.depth!r}.")

    @property
    def stages(self) -> tuple[int, ...]:
        return ((self.depth - 2) // 9,) * 3

    def features(self, images, attend):
        x = blocks.conv(images, self.width, 3, "stem_conv")
        x = blocks.relu(blocks.norm(x, "stem_norm"), "stem_relu")

        def block(x, stage, stride, name, hook):
            width = self.width * 2**stage
            inner = self.cardinality * width
            return blocks.bottleneck(x, inner, 4 * width, stride, name, hook, groups=self.cardinality)

        return blocks.residual_stages(x, self.stages, block, attend)

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"resnext(\d+)[-_](\d+)x(\d+)d?", name)
        if not match or resnext_imagenet.ResNeXtImageNet.parse(name) is not None:
            return None
        return {"depth": int(match[1]), "cardinality": int(match[2]), "width": int(match[3])}

    @classmethod
    def examples(cls):
        return ("resnext29_8x64", "resnext101_8x32")
