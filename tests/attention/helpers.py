"""A module's weights by short names, random values for them, and gradients on any backend."""

from dataclasses import dataclass

import keras
import numpy as np

from keras_ean.attention.base import REGISTRY
from keras_ean.backbones import Backbone, blocks


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


def built(name, shape, places=(0,), **options):
    """A module built for `shape`, every weight random: its statistics too, so that no formula hides behind a zero."""
    module = REGISTRY.lookup(name)(places=places, name="module", **options)
    module.build(shape)
    generator = np.random.default_rng(0)
    for weight in module.weights:
        low = 0.5 if "variance" in weight.path else -1.0
        weight.assign(generator.uniform(low, 1.5, weight.shape))
    return module


def weights(module):
    """Arrays by path, without the module's own name."""
    return {weight.path.removeprefix("module/"): np.array(weight, "float64") for weight in module.weights}


def maps(shape, seed=1):
    return np.random.default_rng(seed).normal(0.3, 1.0, shape).astype("float32")


def compiled(function):
    """One compilation a function: JAX otherwise compiles every operation by itself, which takes far longer."""
    if keras.backend.backend() != "jax":
        return function
    import jax

    return jax.jit(function)


def run(layer, *inputs, **arguments):
    """What `layer(*inputs, **arguments)` returns at inference, as NumPy arrays."""
    if isinstance(layer, keras.Model) and keras.backend.backend() == "jax":
        return layer.predict(*inputs, verbose=0)
    if not layer.built:
        layer.build(inputs[0].shape)
    found = compiled(lambda *inputs: layer(*inputs, **arguments))(*inputs)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, found)


def applied(module, x, **arguments):
    return run(module, x, **arguments)[0]


def gradients(layer, loss, inputs):
    """∂loss(*inputs) by the layer's trainable weights and by the inputs."""
    variables = layer.trainable_variables
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        inputs = [tf.convert_to_tensor(x) for x in inputs]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = loss(*inputs)
        found = tape.gradient(value, [variable.value for variable in variables] + inputs)
    else:
        import jax

        def stateless(values, inputs):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return loss(*inputs)

        by = jax.jit(jax.grad(stateless, argnums=(0, 1)))
        by_weight, by_input = by([variable.value for variable in variables], inputs)
        found = [*by_weight, *by_input]
    arrays = [None if gradient is None else keras.ops.convert_to_numpy(gradient) for gradient in found]
    return arrays[: len(variables)], arrays[len(variables) :]


def close(value, truth, tolerance=1e-4):
    """Whether `value` is within `tolerance` of the largest of `truth`."""
    return value.shape == truth.shape and np.max(np.abs(value - truth)) <= tolerance * np.max(np.abs(truth))


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
