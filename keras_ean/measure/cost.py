"""What a network costs: parameters and floating-point operations."""

import math

import keras


def parameters(model: keras.Model) -> int:
    """Counts trainable parameters, as papers do: BatchNorm's moving statistics are left out."""
    return sum(math.prod(v.shape) for v in model.trainable_variables)


def counts_flops(model: keras.Model) -> bool:
    """Says whether `flops` knows the network's size: of one input that leaves none open, on a backend that counts."""
    sizes = [tensor.shape[1:] for tensor in model.inputs]
    return keras.backend.backend() != "torch" and len(sizes) == 1 and None not in sizes[0]


def flops(model: keras.Model) -> int:
    """Counts the floating-point operations of one image in inference, by the backend's own profiler.

    A multiplication and an addition count as two. TensorFlow counts the operations of its graph, XLA (JAX) those of
    the compiled program, so compare only figures of one backend.

    Raises:
        RuntimeError: a backend without such a profiler (PyTorch).
    """
    shape = (1, *model.input_shape[1:])
    if keras.backend.backend() == "tensorflow":
        return _tensorflow_flops(model, shape)
    if keras.backend.backend() == "jax":
        import jax

        values = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
        run = jax.jit(lambda t, n, x: model.stateless_call(t, n, x, training=False)[0])
        return int(run.lower(*values, jax.ShapeDtypeStruct(shape, "float32")).compile().cost_analysis()["flops"])
    raise RuntimeError(f"FLOPs are counted on TensorFlow and JAX, not on {keras.backend.backend()}.")


def _tensorflow_flops(model: keras.Model, shape: tuple[int, ...]) -> int:
    import tensorflow as tf

    profiler = tf.compat.v1.profiler
    run = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec(shape)])
    options = profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    graph = run.get_concrete_function().graph
    logger = tf.get_logger()
    level = logger.level
    # The profiler is of TensorFlow's first interface, and says so each time.
    logger.setLevel("ERROR")
    try:
        return int(profiler.profile(graph, cmd="op", options=options).total_float_ops)
    finally:
        logger.setLevel(level)
