"""What a layer gives, and its gradients, as NumPy arrays on any backend."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np


def filled(layer, seed: int = 0):
    """The layer with every weight random, its statistics too, so that no mistake hides behind a zero."""
    generator = np.random.default_rng(seed)
    for weight in layer.weights:
        low = 0.5 if "variance" in weight.path else -1.0
        weight.assign(generator.uniform(low, 1.5, weight.shape))
    return layer


def shaken(model, seed: int = 0):
    """The model with every weight changed by a little: outputs of deep models stay in range, and no scale, last layer
    or statistic is left at what it starts with."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        if keras.backend.is_float_dtype(weight.dtype):
            weight.assign_add(generator.uniform(-0.2, 0.2, weight.shape))
    return model


def maps(shape: Sequence[int], seed: int = 1) -> np.ndarray:
    """Random feature maps, float32."""
    return np.random.default_rng(seed).normal(0.3, 1.0, shape).astype("float32")


def results(function: Callable, *inputs) -> Any:
    """What `function(*inputs)` returns, as NumPy arrays; on JAX it is compiled as a whole, since JAX otherwise compiles
    every operation by itself, which takes far longer."""
    if keras.backend.backend() == "jax":
        import jax

        function = jax.jit(function)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, function(*inputs))


def run(layer, *inputs, **arguments) -> Any:
    """What `layer(*inputs, **arguments)` returns at inference, as NumPy arrays."""
    if isinstance(layer, keras.Model) and keras.backend.backend() == "jax":
        return layer.predict(*inputs, verbose=0)
    if not layer.built:
        layer.build(inputs[0].shape)
    return results(lambda *inputs: layer(*inputs, **arguments), *inputs)


def gradients(layer, loss: Callable, inputs: Sequence[np.ndarray]) -> tuple[list, list]:
    """∂loss(*inputs) by the layer's trainable weights and by the inputs; None where the loss does not depend on one."""
    variables = layer.trainable_variables
    tensors = [keras.ops.convert_to_tensor(x) for x in inputs]
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = loss(*tensors)
        found = tape.gradient(value, [variable.value for variable in variables] + tensors)
    elif keras.backend.backend() == "jax":
        import jax

        def stateless(values, tensors):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return loss(*tensors)

        by = jax.jit(jax.grad(stateless, argnums=(0, 1)))
        by_weight, by_input = by([variable.value for variable in variables], tensors)
        found = [*by_weight, *by_input]
    else:
        import torch

        tensors = [tensor.requires_grad_() for tensor in tensors]
        sources = [variable.value for variable in variables] + tensors
        found = torch.autograd.grad(loss(*tensors), sources, allow_unused=True)
    arrays = [None if gradient is None else keras.ops.convert_to_numpy(gradient) for gradient in found]
    return arrays[: len(variables)], arrays[len(variables) :]


def close(value: np.ndarray, truth: np.ndarray, tolerance: float = 1e-4) -> bool:
    """Whether `value` is within `tolerance` of the largest of `truth`."""
    return value.shape == truth.shape and bool(np.max(np.abs(value - truth)) <= tolerance * np.max(np.abs(truth)))
