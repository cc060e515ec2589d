"""Pre-activation ResNet for CIFAR, arXiv 1603.05027."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks, resnet_cifar
from keras_ean.backbones.base import Backbone, register
from keras_ean.late import Late

layers = Late("keras.layers")


@register("preresnet_cifar")
@dataclass(frozen=True)
class PreResNetCIFAR(Backbone):
    """The CIFAR ResNet with BatchNorm and ReLU before each convolution and nothing after the addition.

    The projection of a shortcut sees the block's input as it is, as in the DIANet nets (arXiv 1905.10671).

    Args:
        depth: The number of layers, 6n + 2 of basic blocks or 9n + 2 of bottlenecks: 20, 29, 56, 110, 164, …
        block: The kind of block, "basic" or "bottleneck". By default it is bottleneck from depth 164 on, and for depths
            that only fit 9n + 2.
        width: The number of channels of the stem and of the first stage's blocks (of a bottleneck, of its 3×3
            convolution).
        extra_bn: Whether a BatchNorm follows a block's last convolution, as in DIANet, so that attention sees
            normalised maps.

    Example:
        >>> PreResNetCIFAR(164).stages
        (18, 18, 18)
    """

    depth: int = 164
    block: str = ""
    width: int = 16
    extra_bn: bool = False

    def __post_init__(self):
        object.__setattr__(self, "block", resnet_cifar.check_depth(self.depth, self.block))
        blocks.check_positive(width=self.width)

    @property
    def stages(self) -> tuple[int, ...]:
        return ((self.depth - 2) // resnet_cifar.CONVS[self.block],) * 3

    def features(self, images, attend):
        x = blocks.conv(images, self.width, 3, "stem_conv")
        x = blocks.residual_stages(x, self.stages, self._block, attend)
        return blocks.relu(blocks.norm(x, "head_norm"), "head_relu")

    def _block(self, x, stage: int, stride: int, name: str, hook):
        width = self.width * 2**stage
        channels = width if self.block == "basic" else 4 * width
        convs = [(width, 3), (width, 3)] if self.block == "basic" else [(width, 1), (width, 3), (channels, 1)]
        strided = 1 if self.block == "basic" else 2
        y = x
        for i, (filters, kernel) in enumerate(convs, start=1):
            y = blocks.relu(blocks.norm(y, f"{name}_norm{i}"), f"{name}_relu{i}")
            y = blocks.conv(y, filters, kernel, f"{name}_conv{i}", stride if i == strided else 1)
        if self.extra_bn:
            y = blocks.norm(y, f"{name}_extra_norm")
        if stride > 1 or x.shape[-1] != channels:
            x = blocks.conv(x, channels, 1, f"{name}_shortcut_conv", stride)
        return layers.Add(name=f"{name}_add")([hook(y), x])

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"preresnet(\d+)", name)
        return {"depth": int(match[1])} if match and resnet_cifar.fits(int(match[1])) else None

    @classmethod
    def examples(cls):
        return tuple(f"preresnet{depth}" for depth in (20, 29, 56, 110, 164))
