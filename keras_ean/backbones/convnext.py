"""ConvNeXt, arXiv 2201.03545."""

import re
from dataclasses import dataclass

from keras_ean import layer_names
from keras_ean.backbones import blocks
from keras_ean.backbones.base import Backbone, register
from keras_ean.late import Late

layers, layer_scale = Late("keras.layers"), Late("keras_ean.backbones.layers.layer_scale")

SIZES = {"tiny": ((3, 3, 9, 3), 96), "small": ((3, 3, 27, 3), 96), "base": ((3, 3, 27, 3), 128)}


@register("convnext")
@dataclass(frozen=True)
class ConvNeXt(Backbone):
    """Blocks of depthwise 7×7, LayerNorm, 1×1 to four times the channels, GELU, 1×1 back, and a layer scale.

    Attention comes before the layer scale, which starts at 1e-6: behind it, a gate would see next to nothing. There is
    no stochastic depth.

    Args:
        depths: The number of blocks of each stage.
        width: The number of channels of the first stage; each further stage doubles it.
        patch: The side and stride of the stem's convolution in pixels: 4 for ImageNet, less for small images.

    Example:
        >>> ConvNeXt().stages
        (3, 3, 9, 3)
    """

    depths: tuple[int, ...] = (3, 3, 9, 3)
    width: int = 96
    patch: int = 4

    def __post_init__(self):
        object.__setattr__(self, "depths", tuple(self.depths))
        if not self.depths:
            raise ValueError("ConvNeXt has at least one stage, but depths is empty.")
        for depth in self.depths:
            blocks.check_positive(depths=depth)
        blocks.check_positive(width=self.width, patch=self.patch)

    @property
    def stages(self) -> tuple[int, ...]:
        return self.depths

    def features(self, images, attend):
        x = layers.Conv2D(self.width, self.patch, self.patch, **blocks.AXES, name="stem_conv")(images)
        x = layer_norm(x, "stem_norm")
        index = 0
        for stage, depth in enumerate(self.depths):
            channels = self.width * 2**stage
            if stage:
                x = layer_norm(x, f"stage_{stage}_downsample_norm")
                x = layers.Conv2D(channels, 2, 2, **blocks.AXES, name=f"stage_{stage}_downsample_conv")(x)
            for i in range(depth):
                name = layer_names.block(stage, i)
                y = attend(branch(x, channels, name), index)
                x = layers.Add(name=f"{name}_add")([layer_scale.LayerScale(name=f"{name}_scale")(y), x])
                index += 1
        return x

    def neck(self, x):
        return layer_norm(x, "head_norm")

    @classmethod
    def parse(cls, name):
        match = re.fullmatch(r"convnext_(\w+)", name)
        if not match or match[1] not in SIZES:
            return None
        depths, width = SIZES[match[1]]
        return {"depths": depths, "width": width}

    @classmethod
    def examples(cls):
        return tuple(f"convnext_{size}" for size in SIZES)


def branch(x, channels: int, name: str):
    """A block's residual branch, before its layer scale."""
    y = layers.DepthwiseConv2D(7, padding="same", **blocks.AXES, name=f"{name}_depth_conv")(x)
    y = layers.Dense(4 * channels, activation="gelu", name=f"{name}_expand")(layer_norm(y, f"{name}_norm"))
    return layers.Dense(channels, name=f"{name}_project")(y)


def layer_norm(x, name: str):
    return layers.LayerNormalization(epsilon=1e-6, name=name)(x)
