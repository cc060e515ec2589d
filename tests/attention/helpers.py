"""A module with random weights, these by short names, and formulas of layers in NumPy."""

from dataclasses import dataclass

import keras
import numpy as np

from keras_ean import attention
from keras_ean.attention.base import REGISTRY
from keras_ean.backbones import Backbone, blocks
from keras_ean.testing.running import filled, run


@keras.saving.register_keras_serializable("tests")
@dataclass(frozen=True)
class Narrow(Backbone):
    """The least with BatchNorm whose module is shared: one stage of two blocks."""

    @property
    def stages(self):
        return (2,)

    def features(self, images, attend):
        x = blocks.conv(images, 4, 3, "stem_conv")

        def block(x, stage, stride, name, hook):
            return blocks.basic(x, 4, stride, name, hook)

        return blocks.residual_stages(x, self.stages, block, attend)


def one_a_block(backbone, names, input_shape, classes, scheme=None):
    """A network whose blocks have each another module, so that many are tried at the cost of one network.

    With `scheme`, an input of one bit per block, the modules are masked as in a supernet.
    """
    modules = [attention.get(name).at((block,), f"block_{block}_attention") for block, name in enumerate(names)]
    image = backbone.inputs(input_shape)

    def attend(x, block):
        return modules[block](x, None, None if scheme is None else scheme[:, block], place=block)[0]

    outputs = backbone.outputs(image, attend, classes)
    return keras.Model(image if scheme is None else {"image": image, "scheme": scheme}, outputs)


def built(name, shape, places=(0,), **options):
    """A module built for `shape`, every weight random."""
    module = REGISTRY.lookup(name)(places=places, name="module", **options)
    module.build(shape)
    return filled(module)


def weights(module):
    """Arrays by path, without the module's own name."""
    return {weight.path.removeprefix("module/"): np.array(weight, "float64") for weight in module.weights}


def applied(module, x, **arguments):
    return run(module, x, **arguments)[0]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dense(x, w, name):
    return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]


def norm(x, w, name, place=0):
    mean, variance = w[f"{name}/moving_mean_{place}"], w[f"{name}/moving_variance_{place}"]
    return (x - mean) / np.sqrt(variance + 1e-5) * w[f"{name}/gamma"] + w[f"{name}/beta"]


def conv(x, kernel, dilation=1, stride=1):
    """Of (batch, h, w, c) with (k, k, c, d), zeros around; written as a sum over the taps."""
    k = kernel.shape[0]
    pad = dilation * (k // 2)
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    height, width = x.shape[1:3]
    taps = [
        padded[:, dilation * i : dilation * i + height, dilation * j : dilation * j + width] @ kernel[i, j]
        for i in range(k)
        for j in range(k)
    ]
    return sum(taps)[:, ::stride, ::stride]
