"""ResNet for ImageNet, arXiv 1512.03385; the stride is on the 3×3 convolution."""

import re
from dataclasses import dataclass

from keras_ean.backbones import blocks
from keras_ean.backbones.base import Backbone, register
from keras_ean.late import Late

layers = Late("keras.layers")

STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


@register("resnet_imagenet")
@dataclass(frozen=True)
class ResNetImageNet(Backbone):
    """ResNet-18, 34 (basic blocks), 50, 101 and 152 (bottlenecks), with a 7×7 stem and max pooling.

    Args:
        depth: The number of layers: 18, 34, 50, 101 or 152.
        width: The number of channels of the stem and of the first stage's blocks (of a bottleneck, of its 3×3
            convolution).
        conv_bias: Whether the convolutions have a bias, as in the authors' ResNet-50.
    """

    depth: int = 50
    width: int = 64
    conv_bias: bool = False

    def __post_init__(self):
        blocks.check_choice("depth", self.depth, tuple(STAGES))
        blocks.check_positive(width=self.width)

    @property
    def stages(self) -> tuple[int, ...]:
        return STAGES[self.depth]

    def features(self, images, attend):
        x = stem(images, self.width, self.conv_bias)

        def block(x, stage, stride, name, hook):
            width = self.width * 2**stage
            if self.depth < 50:
                return blocks.basic(x, width, stride, name, hook, self.conv_bias)
            return blocks.bottleneck(x, width, 4 * width, stride, name, hook, self.conv_bias)

        return blocks.residual_stages(x, self.stages, block, attend)

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"resnet(\d+)", name)
        return {"depth": int(match[1])} if match and int(match[1]) in STAGES else None

    @classmethod
    def examples(cls):
        return tuple(f"resnet{depth}" for depth in STAGES)


def stem(images, width: int, bias: bool = False):
    """7×7 convolution and 3×3 max pooling, each of stride 2; after ReLU, zeros as padding change no maximum."""
    x = blocks.relu(blocks.norm(blocks.conv(images, width, 7, "stem_conv", 2, bias), "stem_norm"), "stem_relu")
    x = layers.ZeroPadding2D(1, **blocks.AXES, name="stem_pool_pad")(x)
    return layers.MaxPooling2D(3, 2, **blocks.AXES, name="stem_pool")(x)
