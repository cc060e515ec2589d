"""What the backend in use runs on, and how to compile for it."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

MULTI_WORKER = (
    "Keras's fit does not work with tf.distribute.MultiWorkerMirroredStrategy, so on TensorFlow a training has one host"
)


def accelerated() -> bool:
    """Says whether the backend sees a GPU or TPU."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"))
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import torch

    return torch.cuda.is_available()


def jit_compile() -> bool:
    """Says what to pass to `Model.compile(jit_compile=…)`: whether XLA is to compile the step. It is on JAX, and on
    TensorFlow with an accelerator and outside of a strategy's scope, which XLA does not compile; on TensorFlow's CPU
    it is 2–15× slower.
    """
    if keras.backend.backend() != "tensorflow":
        return keras.backend.backend() == "jax"
    import tensorflow as tf

    return accelerated() and not tf.distribute.has_strategy()


def keep_loss_scaling(model: keras.Model) -> None:
    """Makes `compile` scale the loss of a `model` whose layers compute in float16, whatever Keras's policy is by now.

    Left to itself, Keras asks the global policy at the time when the model, not its layers, was made.
    """
    if any(layer.compute_dtype == "float16" for layer in model._flatten_layers(include_self=False)):
        model.dtype_policy = "mixed_float16"


def keep_compiled(folder: str | Path) -> None:
    """Keeps what XLA compiles in this process in `folder`, and takes from there what an earlier process has compiled.

    That is done only on JAX with an accelerator, where compilation takes long. If the variable
    JAX_COMPILATION_CACHE_DIR has set a folder already, that one is used.

    Args:
        folder: The folder for the compiled code.
    """
    if keras.backend.backend() != "jax" or not accelerated():
        return
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    if not jax.config.jax_compilation_cache_dir:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # Many small functions take long too.
        compilation_cache.reset_cache()  # Else JAX keeps to it that there is none.
        compilation_cache.set_cache_dir(str(folder))


def replica() -> tuple:
    """Gives (index, number) of the replica of `tf.distribute` that is being traced; it is (0, 1) where there is one
    alone.
    """
    if keras.backend.backend() != "tensorflow":
        return 0, 1
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return 0, 1
    return context.replica_id_in_sync_group, context.num_replicas_in_sync


def refuse_multi_worker() -> None:
    """Raises ValueError inside the scope of TensorFlow's MultiWorkerMirroredStrategy."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy):
        raise ValueError(f"{MULTI_WORKER}; leave its scope, or train on several hosts with KERAS_BACKEND=jax.")


def refuse_torch(what: str) -> None:
    """Raises ValueError on PyTorch; `what` begins its message and names what runs on TensorFlow and JAX alone."""
    if keras.backend.backend() == "torch":
        raise ValueError(f"{what} on TensorFlow and JAX, not on PyTorch: set KERAS_BACKEND=jax, or leave it out.")


def values(variables: Iterable) -> list:
    """Gives tensors with copies of the values of `variables`, which later training neither changes nor frees."""
    return [keras.ops.convert_to_tensor(np.array(keras.ops.convert_to_numpy(v))) for v in variables]


def compiled(function: Callable) -> Callable:
    """Gives a `function` of tensors, traced once and compiled where that pays (see `jit_compile`)."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # TensorFlow counts how often the same code is traced, be it for other networks, and warns of it; a partial has
        # no code, so that each is counted by itself.
        return tf.function(partial(function), jit_compile=jit_compile(), reduce_retracing=True)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function


def inference(model: keras.Model) -> Callable:
    """Gives a function from a batch of inputs to the outputs of `model` in inference, both as arrays.

    On TensorFlow this is not `model.predict_on_batch`: TensorFlow warns when the same code is traced for many models.
    """
    if keras.backend.backend() != "tensorflow":
        return model.predict_on_batch
    call = compiled(partial(model, training=False))
    return lambda inputs: keras.tree.map_structure(keras.ops.convert_to_numpy, call(inputs))


def outputs(look: Callable, images: Any, batch_size: int) -> Any:
    """Gives the outputs of a model for all images, in the model's structure of outputs.

    Args:
        look: The function from a batch of inputs to arrays, as `inference` makes it.
        images: An array (images, …), or a structure of them if the model has several inputs; at least one image.
        batch_size: The number of images per call; the last call may have fewer.
    """
    count = len(keras.tree.flatten(images)[0])
    parts = [
        look(keras.tree.map_structure(lambda x, start=start: x[start : start + batch_size], images))
        for start in range(0, count, batch_size)
    ]
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def random_states() -> dict[str, Any]:
    """Gives the states, by name, of those random generators that no model's variables hold.

    On PyTorch these are its own generators, from which Keras draws dropout. Elsewhere there are none.
    """
    if keras.backend.backend() != "torch":
        return {}
    import torch

    states = {"cpu": torch.get_rng_state()}
    states |= {f"cuda:{index}": state for index, state in enumerate(torch.cuda.get_rng_state_all())}
    return {name: state.numpy() for name, state in states.items()}


def restore_random_states(states: Mapping[str, np.ndarray]) -> None:
    """Sets the random generators to states of `random_states`; states of devices that are not here are left out.

    Args:
        states: The states by name, as `random_states` gave them.
    """
    for device, state in states.items():
        import torch

        if device == "cpu":
            torch.set_rng_state(torch.from_numpy(state))
        elif int(device.partition(":")[2]) < torch.cuda.device_count():
            torch.cuda.set_rng_state(torch.from_numpy(state), device)


def gradient(function: Callable) -> Callable:
    """Makes a function that computes the gradient of `function`, whose result is one number, by its first argument, a
    tensor of floats.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        def taped(x, *args):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x, *args)
            return tape.gradient(y, x)

        return taped
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(function)
    import torch

    def differentiated(x, *args):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(function(x, *args), x)[0]

    return differentiated
