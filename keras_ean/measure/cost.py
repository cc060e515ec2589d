"""What a network costs: parameters and floating-point operations."""

import math

import keras

from keras_ean.graph.reading import as_functional
from keras_ean.measure.counting import count


def parameters(model: keras.layers.Layer) -> int:
    """Counts the trainable parameters of a model, as papers do: BatchNorm's moving statistics are left out.

    Args:
        model: A Keras model, or a layer, that is built.
    """
    return sum(math.prod(v.shape) for v in model.trainable_variables)


def counts_flops(model: keras.Model) -> bool:
    """Says whether `flops` can count for `model`: whether it is functional or Sequential and leaves no size of its
    inputs open.
    """
    functional = as_functional(model)
    return functional is not None and all(None not in tensor.shape[1:] for tensor in functional.inputs)


def flops(model: keras.Model) -> int:
    """Counts the floating-point operations of one image in inference, the same on every backend.

    They are counted from the shapes: a multiplication and an addition are two operations, padding counts like data, and
    a function of one value, such as a sigmoid, is one. TensorFlow's profiler counts the same, operation by operation,
    but has no figures for such functions. What a compiler fuses or leaves out is not seen.

    Args:
        model: A functional or Sequential model whose inputs have known sizes.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed or unbuilt, or a size of its inputs is open.

    Example:
        >>> image = keras.Input((4, 4, 3))
        >>> flops(keras.Model(image, keras.layers.Conv2D(2, 3, use_bias=False)(image)))
        432
    """
    return sum(call.flops for call in count(model)[1])
