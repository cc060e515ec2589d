"""What a network costs: parameters and floating-point operations."""

import math

import keras

from keras_ean.graph.reading import as_functional
from keras_ean.measure.counting import count


def parameters(model: keras.layers.Layer) -> int:
    """Counts trainable parameters, as papers do: BatchNorm's moving statistics are left out.

    Args:
        model: Any Keras model that is built.
    """
    return sum(math.prod(v.shape) for v in model.trainable_variables)


def counts_flops(model: keras.Model) -> bool:
    """Says whether `flops` can count: a functional or Sequential model that leaves no size of its inputs open."""
    functional = as_functional(model)
    return functional is not None and all(None not in tensor.shape[1:] for tensor in functional.inputs)


def flops(model: keras.Model) -> int:
    """Counts the floating-point operations of one image in inference, the same on every backend.

    They are counted from the shapes, as `keras_ean.measure.flop_rules` says: a multiplication and an addition are two,
    padding counts like data, a function of one value is one. TensorFlow's profiler counts the same, operation by
    operation, but that it has no figures for functions such as ReLU and sigmoid; what a compiler fuses or leaves out is
    not seen.

    Args:
        model: A functional or Sequential model whose inputs have a known size.

    Raises:
        TypeError: Not a Keras model.
        ValueError: A subclassed or unbuilt model, or inputs of an open size.

    Example:
        >>> image = keras.Input((4, 4, 3))
        >>> flops(keras.Model(image, keras.layers.Conv2D(2, 3, use_bias=False)(image)))
        432
    """
    return sum(call.flops for call in count(model)[1])
