"""Which layers take a constant scale and shift per channel into their weights, and which let one through."""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers

from keras_ean.backbones.layers.normalization import BatchNorm
from keras_ean.folding.affine import Affine
from keras_ean.graph.graph import Step

NORMS = (BatchNorm, layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization)
KERNELS = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)
LINEAR = (
    layers.Identity,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.ZeroPadding2D,
    layers.Cropping2D,
    layers.AveragePooling2D,
)
"""These layers act on each channel alone, linearly and without weights, in training too."""
HOMOGENEOUS = ("relu", "leaky_relu", "linear")
"""These are activations f with f(s · x) = s · f(x) for s ≥ 0."""
LIBRARIES = ("keras", "tensorflow", "jax", "torch")
"""A function of one of these names is what the name says if it is theirs."""

Weights = dict[str, np.ndarray]


def takes_output(layer, affine: Affine) -> bool:
    """Whether a layer can give out affine(y) in place of y, by other weights of its own."""
    if isinstance(layer, NORMS):
        return _computes_as(layer, NORMS) and _last_axis(layer)
    return _has_kernel(layer) and (_activation(layer) == "linear" or _passes(_activation(layer), affine))


def takes_input(layer, affine: Affine) -> bool:
    """Whether a layer can take x in place of affine(x), by other weights of its own."""
    if not _has_kernel(layer):
        return False
    # A shift would also have to be in the zeros around the map.
    pads = getattr(layer, "padding", "valid") != "valid" and set(layer.kernel_size) != {1}
    return not (affine.shifts and pads)


def lets_through(step: Step, affine: Affine) -> bool:
    """Whether the step gives the same if the affine comes after it instead of before it."""
    operation = step.operation
    if _computes_as(operation, LINEAR):
        return not affine.shifts or isinstance(operation, layers.Identity)
    if _computes_as(operation, (layers.Activation,)):
        return _passes(_activation(operation), affine)
    if _computes_as(operation, (layers.ReLU,)):
        return operation.max_value is None and not operation.threshold and affine.keeps_signs
    return _computes_as(operation, (layers.LeakyReLU, layers.MaxPooling2D)) and affine.keeps_signs


def options(layer, affine: Affine) -> dict[str, bool]:
    """What a layer has to be made with to take the affine, beside its configuration."""
    if isinstance(layer, NORMS):
        return {"scale": True, "center": layer.center or affine.shifts}
    return {"use_bias": layer.use_bias or affine.shifts}


def into_output(layer, weights: Weights, affine: Affine) -> Weights:
    """Weights by name with which `layer` gives out affine(y)."""
    scale, shift = affine.scale, affine.shift
    if isinstance(layer, NORMS):
        gamma, beta = weights.get("gamma", np.ones_like(scale)), weights.get("beta", np.zeros_like(scale))
        return {**weights, "gamma": gamma * scale, "beta": beta * scale + shift}
    kernel, bias = weights["kernel"], weights.get("bias", np.zeros_like(scale))
    per_output = scale.reshape(kernel.shape[-2:]) if _is_depthwise(layer) else scale
    return {**weights, "kernel": kernel * per_output, "bias": bias * scale + shift}


def into_input(layer, weights: Weights, affine: Affine) -> Weights:
    """Weights by name with which `layer` gives for x what it gave for affine(x)."""
    kernel = weights["kernel"]

    def per_input(vector: np.ndarray) -> np.ndarray:
        groups = getattr(layer, "groups", 1)
        if _is_depthwise(layer) or groups == 1:
            return vector[:, None]
        return np.repeat(vector.reshape(groups, -1).T, kernel.shape[-1] // groups, axis=1)

    summed = tuple(range(kernel.ndim - 2)) if _is_depthwise(layer) else tuple(range(kernel.ndim - 1))
    constant = (kernel * per_input(affine.shift)).sum(summed).ravel()
    return {**weights, "kernel": kernel * per_input(affine.scale), "bias": weights.get("bias", 0) + constant}


def assign(layer: layers.Layer, values: Mapping[str, np.ndarray]) -> None:
    """Gives a layer its weights by name; those that it does not have are zero, or one for a scale."""
    for weight in layer.weights:
        weight.assign(values[weight.name])


def weights_of(layer: layers.Layer) -> Weights:
    """The weights of a layer by name, in float64."""
    return {weight.name: np.array(keras.ops.convert_to_numpy(weight), "float64") for weight in layer.weights}


def _last_axis(layer) -> bool:
    """Whether a norm has one scale per value of the last axis of a map."""
    axis = layer.axis if isinstance(layer.axis, int) else list(layer.axis)
    return axis in (-1, 3, [-1], [3])


def _computes_as(operation, kinds: tuple[type[layers.Layer], ...]) -> bool:
    """Whether it computes as one of these layers of Keras's does, with channels last; a subclass may do otherwise."""
    first = getattr(operation, "data_format", "channels_last") == "channels_first"
    return not first and any(isinstance(operation, kind) and type(operation).call is kind.call for kind in kinds)


def _has_kernel(layer) -> bool:
    """Whether it computes as Keras's convolution or dense layer does, with no weights but a kernel and a bias."""
    plain = _computes_as(layer, KERNELS) and layer.quantization_mode is None
    return plain and not getattr(layer, "lora_enabled", False)


def _is_depthwise(layer) -> bool:
    return isinstance(layer, layers.DepthwiseConv2D)


def _activation(layer) -> str:
    """The name of the layer's activation; "" of a function that somebody else has written."""
    library = getattr(layer.activation, "__module__", "").partition(".")[0]
    return getattr(layer.activation, "__name__", "") if library in LIBRARIES else ""


def _passes(activation: str, affine: Affine) -> bool:
    return activation == "linear" or (activation in HOMOGENEOUS and affine.keeps_signs)
