"""A fault of TensorFlow on CPUs, and what keeps it away.

With AVX-512, oneDNN's gradient of the kernel of a 1×1 convolution with strides (`Conv2DBackpropFilter`) writes beyond its
memory, or gives wrong numbers, where there are fewer than 16 input channels and an odd number of images. Seen with TensorFlow
2.19 to 2.21; input channels 3, 4, 8, 12 and 15 with 1, 3, 63 and 75 images; never with 16 channels or more, without strides,
with larger kernels, with an even number of images, or in the other passes. It is a fault like tensorflow/tensorflow#117700.

Backbones of this package have no such convolutions: they pick the pixels first (`keras_ean.backbones.blocks.conv`). Models
that somebody else built may have, and get batches of an even number of images wherever this package trains them.
"""

import keras

FEW = 16
"""Input channels below which the fault was seen: those that fill no vector of AVX-512."""


def faulty(model: keras.Model) -> list[str]:
    """Names of the convolutions whose gradients suffer from the fault; none where it cannot occur.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Conv2D(6, 1, strides=2, name="shrink")])
        >>> faulty(model) == (["shrink"] if keras.backend.backend() == "tensorflow" else [])
        True
    """
    if keras.backend.backend() != "tensorflow":
        return []
    return [
        layer.name
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.Conv2D)
        and set(layer.kernel_size) == {1}
        and max(layer.strides) > 1
        and layer.kernel.shape[2] < FEW
    ]
