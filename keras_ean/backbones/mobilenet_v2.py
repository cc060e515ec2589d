"""MobileNetV2, arXiv 1801.04381, table 2."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks
from keras_ean.backbones.base import Backbone, register
from keras_ean.late import Late

layers = Late("keras.layers")

EXPANSIONS, CHANNELS, STRIDES = (1, 6, 6, 6, 6, 6, 6), (16, 24, 32, 64, 96, 160, 320), (1, 2, 2, 2, 1, 2, 1)


@register("mobilenet_v2")
@dataclass(frozen=True)
class MobileNetV2(Backbone):
    """Inverted residuals: 1×1 to six times the channels, depthwise 3×3, linear 1×1; attention on the linear output.

    A block that changes the shape has no addition, and no place for attention: a stage has its other blocks.

    Args:
        alpha: The factor of all numbers of channels, which are rounded to multiples of 8.
        repeats: The number of blocks in each of the seven parts, the one that changes the shape included.

    Example:
        >>> MobileNetV2().stages
        (1, 2, 3, 2, 2)
    """

    alpha: float = 1.0
    repeats: tuple[int, ...] = (1, 2, 3, 4, 3, 3, 1)

    def __post_init__(self):
        object.__setattr__(self, "repeats", tuple(self.repeats))
        if isinstance(self.alpha, bool) or not isinstance(self.alpha, int | float) or not self.alpha > 0:
            raise ValueError(f"alpha is a positive number, not {self.alpha!r}.")
        if len(self.repeats) != len(CHANNELS) or max(self.repeats) < 2:
            raise ValueError(f"repeats has seven numbers, at least one above 1, not {self.repeats!r}.")
        for repeat in self.repeats:
            blocks.check_positive(repeats=repeat)

    @property
    def stages(self) -> tuple[int, ...]:
        return tuple(repeat - 1 for repeat in self.repeats if repeat > 1)

    def features(self, images, attend):
        x = activated(blocks.conv(images, rounded(32 * self.alpha), 3, "stem_conv", 2), "stem")
        index = 0
        for part, repeat in enumerate(self.repeats):
            channels = rounded(CHANNELS[part] * self.alpha)
            for i in range(repeat):
                name, stride = f"part_{part}_block_{i}", STRIDES[part] if i == 0 else 1
                y = inverted(x, channels, stride, EXPANSIONS[part], name)
                if i == 0:
                    x = y
                else:
                    x = layers.Add(name=f"{name}_add")([attend(y, index), x])
                    index += 1
        return activated(blocks.conv(x, max(1280, rounded(1280 * self.alpha)), 1, "head_conv"), "head")

    def neck(self, x):
        return layers.Dropout(0.2, name="dropout")(x)

    @classmethod
    def parse(cls, name):
        return {} if re.fullmatch(r"mobilenet_?v2", name) else None

    @classmethod
    def examples(cls):
        return ("mobilenetv2",)


def inverted(x, channels: int, stride: int, expansion: int, name: str):
    """The branch of an inverted residual block."""
    y = x
    if expansion > 1:
        y = activated(blocks.conv(y, expansion * x.shape[-1], 1, f"{name}_expand_conv"), f"{name}_expand")
    if stride > 1:
        y = layers.ZeroPadding2D(1, **blocks.AXES, name=f"{name}_depth_pad")(y)
    padding = "valid" if stride > 1 else "same"
    y = layers.DepthwiseConv2D(3, stride, padding, use_bias=False, **blocks.AXES, name=f"{name}_depth_conv")(y)
    y = blocks.conv(activated(y, f"{name}_depth"), channels, 1, f"{name}_project_conv")
    return blocks.norm(y, f"{name}_project_norm")


def activated(x, name: str):
    """BatchNorm and ReLU6."""
    return layers.Activation("relu6", name=f"{name}_relu")(blocks.norm(x, f"{name}_norm"))


def rounded(channels: float) -> int:
    """The multiple of 8 next to `channels`, but not below 90 % of it."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
