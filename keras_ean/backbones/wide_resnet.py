"""Wide residual network for CIFAR, arXiv 1605.07146."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks
from keras_ean.backbones.base import Backbone, register
from keras_ean.late import Late

layers = Late("keras.layers")


@register("wide_resnet")
@dataclass(frozen=True)
class WideResNet(Backbone):
    """Three stages of pre-activation blocks of two 3×3 convolutions, `widen` times as wide as a CIFAR ResNet's.

    Where a block changes the number of channels, its shortcut's projection sees the activated input.

    Args:
        depth: The number of layers, 6n + 4: 16, 28, 40, 52, …
        widen: The factor by which the stages are wider than those of a CIFAR ResNet.
        width: The number of channels of the stem; the first stage has widen · width.
        dropout: The rate of the dropout between a block's two convolutions, from 0 to below 1.
        extra_bn: Whether a BatchNorm follows a block's last convolution, as in DIANet (arXiv 1905.10671).

    Example:
        >>> WideResNet(52, widen=4).stages
        (8, 8, 8)
    """

    depth: int = 52
    widen: int = 4
    width: int = 16
    dropout: float = 0.0
    extra_bn: bool = False

    def __post_init__(self):
        blocks.check_positive(depth=self.depth, widen=self.widen, width=self.width)
        if self.depth < 10 or (self.depth - 4) % 6:
            raise ValueError(f"A Wide-ResNet has a depth of 6n + 4: 16, 28, 40, 52, …, not {self.depth!r}.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is a rate from 0 to below 1, not {self.dropout!r}.")

    @property
    def stages(self) -> tuple[int, ...]:
        return ((self.depth - 4) // 6,) * 3

    def features(self, images, attend):
        x = blocks.conv(images, self.width, 3, "stem_conv")
        x = blocks.residual_stages(x, self.stages, self._block, attend)
        return blocks.relu(blocks.norm(x, "head_norm"), "head_relu")

    def _block(self, x, stage: int, stride: int, name: str, hook):
        channels = self.widen * self.width * 2**stage
        y = blocks.relu(blocks.norm(x, f"{name}_norm1"), f"{name}_relu1")
        if x.shape[-1] != channels:
            x = blocks.conv(y, channels, 1, f"{name}_shortcut_conv", stride)
        y = blocks.conv(y, channels, 3, f"{name}_conv1", stride)
        y = blocks.relu(blocks.norm(y, f"{name}_norm2"), f"{name}_relu2")
        if self.dropout:
            y = layers.Dropout(self.dropout, name=f"{name}_dropout")(y)
        y = blocks.conv(y, channels, 3, f"{name}_conv2")
        if self.extra_bn:
            y = blocks.norm(y, f"{name}_extra_norm")
        return layers.Add(name=f"{name}_add")([hook(y), x])

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"wrn[-_]?(\d+)[-_](\d+)", name)
        return {"depth": int(match[1]), "widen": int(match[2])} if match else None

    @classmethod
    def examples(cls):
        return ("wrn-16-4", "wrn-28-10", "wrn-40-4", "wrn-52-4")
