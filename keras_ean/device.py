"""What the backend in use runs on, and how to compile for it."""

from collections.abc import Callable, Iterable

import keras
import numpy as np


def accelerated() -> bool:
    """Whether the backend sees a GPU or TPU."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"))
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import torch

    return torch.cuda.is_available()


def jit_compile() -> bool:
    """What to pass to `Model.compile(jit_compile=…)`: XLA, except for TensorFlow on a CPU, where it is 2–15× slower."""
    backend = keras.backend.backend()
    return backend == "jax" or (backend == "tensorflow" and accelerated())


def values(variables: Iterable) -> list:
    """Tensors with copies of the variables' values, which later training neither changes nor frees."""
    return [keras.ops.convert_to_tensor(np.array(keras.ops.convert_to_numpy(v))) for v in variables]


def compiled(function: Callable) -> Callable:
    """`function` of tensors, traced once and compiled where that pays."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=jit_compile(), reduce_retracing=True)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function
