"""ResNet for CIFAR, arXiv 1512.03385, section 4.2."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks, resnet_imagenet
from keras_ean.backbones.base import Backbone, register


@register("resnet_cifar")
@dataclass(frozen=True)
class ResNetCIFAR(Backbone):
    """Three stages of equal length behind a 3×3 stem: depth 6n + 2 of basic blocks, or 9n + 2 of bottlenecks.

    Args:
        depth: The number of layers: 20, 29, 56, 110, 164, …
        block: The kind of block, "basic" or "bottleneck". By default it is bottleneck from depth 164 on, and for depths
            that only fit 9n + 2.
        width: The number of channels of the stem and of the first stage's blocks (of a bottleneck, of its 3×3
            convolution).
    """

    depth: int = 20
    block: str = ""
    width: int = 16

    def __post_init__(self):
        object.__setattr__(self, "block", check_depth(self.depth, self.block))
        blocks.check_positive(width=self.width)

    @property
    def stages(self) -> tuple[int, ...]:
        return ((self.depth - 2) // CONVS[self.block],) * 3

    def features(self, images, attend):
        x = blocks.conv(images, self.width, 3, "stem_conv")
        x = blocks.relu(blocks.norm(x, "stem_norm"), "stem_relu")

        def block(x, stage, stride, name, hook):
            width = self.width * 2**stage
            if self.block == "basic":
                return blocks.basic(x, width, stride, name, hook)
            return blocks.bottleneck(x, width, 4 * width, stride, name, hook)

        return blocks.residual_stages(x, self.stages, block, attend)

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"resnet(\d+)", name)
        if not match or int(match[1]) in resnet_imagenet.STAGES or not fits(int(match[1])):
            return None
        return {"depth": int(match[1])}

    @classmethod
    def examples(cls):
        return tuple(f"resnet{depth}" for depth in (20, 29, 56, 110, 164))


CONVS = {"basic": 6, "bottleneck": 9}
"""Convolutions of three stages with one block each."""


def fits(depth: int) -> bool:
    """Whether `depth` is 6n + 2 or 9n + 2."""
    return any(depth >= convs + 2 and (depth - 2) % convs == 0 for convs in CONVS.values())


def check_depth(depth: int, block: str = "") -> str:
    """The block of a network of `depth`, by default the usual one; ValueError if they do not fit."""
    block = block or ("bottleneck" if depth >= 164 or (depth - 2) % CONVS["basic"] else "basic")
    blocks.check_choice("block", block, tuple(CONVS))
    if depth < CONVS[block] + 2 or (depth - 2) % CONVS[block]:
        raise ValueError(
            f"A CIFAR ResNet of {block} blocks has a depth of {CONVS[block]}n + 2, not {depth!r}; "
            "basic blocks: 20, 56, 110; bottlenecks: 29, 56, 110, 164."
        )
    return block
