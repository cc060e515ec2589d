"""Layers and residual blocks that the families share; channels last, named, padded as the reference pads."""

from keras_ean import layer_names, onednn
from keras_ean.late import Late

keras, layers, normalization = Late("keras"), Late("keras.layers"), Late("keras_ean.backbones.layers.normalization")

AXES = {"data_format": "channels_last"}


def conv(x, filters: int, kernel: int, name: str, stride: int = 1, bias: bool = False, groups: int = 1):
    """Builds a convolution padded symmetrically by kernel // 2, as PyTorch pads ("same" differs at stride 2).

    Args:
        x: The map, (batch, height, width, channels).
        filters: The number of channels of the result.
        kernel: The height and width of the kernel in positions.
        name: The name of the layer.
        stride: The distance in positions between the outputs; 2 halves height and width.
        bias: Whether the convolution has a bias.
        groups: The number of groups of channels that are convolved separately.
    """
    if stride > 1 and kernel == 1 and x.shape[-1] < onednn.FEW:  # The same pixels, without the fault.
        x, stride = layers.AveragePooling2D(1, stride, **AXES, name=f"{name}_pick")(x), 1
    if stride > 1 and kernel > 1:
        x = layers.ZeroPadding2D(kernel // 2, **AXES, name=f"{name}_pad")(x)
    initializer = keras.initializers.VarianceScaling(2.0, mode="fan_out", distribution="untruncated_normal")
    return layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="valid" if stride > 1 else "same",
        use_bias=bias,
        groups=groups,
        kernel_initializer=initializer,
        **AXES,
        name=name,
    )(x)


def norm(x, name: str):
    """Builds a BatchNorm over the channels with the reference's ε = 1e-5 and momentum (0.1 in PyTorch's sense).

    Args:
        x: The map, (batch, height, width, channels).
        name: The name of the layer.
    """
    return normalization.BatchNorm(axis=-1, momentum=0.9, epsilon=1e-5, name=name)(x)


def relu(x, name: str):
    """Builds a ReLU.

    Args:
        x: The map, (batch, height, width, channels).
        name: The name of the layer.
    """
    return layers.Activation("relu", name=name)(x)


def shortcut(x, channels: int, stride: int, name: str, bias: bool = False):
    """Builds the identity, or a 1×1 convolution and BatchNorm where the shape changes.

    Args:
        x: The map, (batch, height, width, channels).
        channels: The number of channels of the result.
        stride: The stride of the block; above 1, the shortcut is a convolution of that stride.
        name: The prefix of the names of the layers, such as "stage_0_block_0".
        bias: Whether the convolution has a bias.
    """
    if stride == 1 and x.shape[-1] == channels:
        return x
    return norm(conv(x, channels, 1, f"{name}_shortcut_conv", stride, bias), f"{name}_shortcut_norm")


def basic(x, width: int, stride: int, name: str, attend, bias: bool = False):
    """Builds the residual block of two 3×3 convolutions, with attention at the end of its branch.

    Args:
        x: The map, (batch, height, width, channels).
        width: The number of channels of both convolutions.
        stride: The stride of the first convolution; 2 halves height and width.
        name: The prefix of the names of the layers, such as "stage_0_block_0".
        attend: The hook `attend(y)`, called on the branch before the addition; it returns what takes the place of y.
        bias: Whether the convolutions have a bias.
    """
    y = relu(norm(conv(x, width, 3, f"{name}_conv1", stride, bias), f"{name}_norm1"), f"{name}_relu1")
    y = attend(norm(conv(y, width, 3, f"{name}_conv2", 1, bias), f"{name}_norm2"))
    y = layers.Add(name=f"{name}_add")([y, shortcut(x, width, stride, name, bias)])
    return relu(y, f"{name}_relu")


def bottleneck(
    x,
    width: int,
    channels: int,
    stride: int,
    name: str,
    attend,
    bias: bool = False,
    groups: int = 1,
):
    """Builds the residual block of a 1×1 convolution to `width` channels, a 3×3 and a 1×1 to `channels`, with attention
    at the end of its branch.

    Args:
        x: The map, (batch, height, width, channels).
        width: The number of channels of the first two convolutions.
        channels: The number of channels of the result.
        stride: The stride of the 3×3 convolution; 2 halves height and width.
        name: The prefix of the names of the layers, such as "stage_0_block_0".
        attend: The hook `attend(y)`, called on the branch before the addition; it returns what takes the place of y.
        bias: Whether the convolutions have a bias.
        groups: The number of groups of channels that the 3×3 convolution treats separately.
    """
    y = relu(norm(conv(x, width, 1, f"{name}_conv1", 1, bias), f"{name}_norm1"), f"{name}_relu1")
    y = relu(norm(conv(y, width, 3, f"{name}_conv2", stride, bias, groups), f"{name}_norm2"), f"{name}_relu2")
    y = attend(norm(conv(y, channels, 1, f"{name}_conv3", 1, bias), f"{name}_norm3"))
    y = layers.Add(name=f"{name}_add")([y, shortcut(x, channels, stride, name, bias)])
    return relu(y, f"{name}_relu")


def residual_stages(x, stages: tuple[int, ...], block, attend):
    """Builds the residual blocks of all stages, one after another, and returns the last map.

    Args:
        x: The map that the first block takes, (batch, height, width, channels).
        stages: The number of blocks of each stage.
        block: Builds one block: `block(x, stage, stride, name, hook)` returns its map. The stride is 2 for the first
            block of each stage but the first, else 1; `hook(y)` is to be called on the block's branch.
        attend: The hook `attend(y, index)` that `hook` calls, with the block's index in the whole network.
    """
    index = 0
    for stage, blocks in enumerate(stages):
        for i in range(blocks):
            stride = 2 if stage and i == 0 else 1
            x = block(x, stage, stride, layer_names.block(stage, i), lambda y, index=index: attend(y, index))
            index += 1
    return x


def check_positive(**values) -> None:
    """Checks that every value is a whole number from 1 on.

    Args:
        values: The values by the names of their options, which the message names.

    Raises:
        ValueError: One of them is no positive whole number.
    """
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} is a positive whole number, not {value!r}.")


def check_choice(name: str, value, choices) -> None:
    """Raises ValueError, with the possible `choices`, unless the `value` of the option `name` is one of them."""
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(map(repr, choices))}, not {value!r}.")
