"""The network of one scheme: backbone × attention × scheme → a functional model, off blocks left out."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_ean import attention as attentions
from keras_ean import backbones
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.placement import Placement
from keras_ean.scheme import Scheme


def build_network(
    backbone: str | Backbone,
    attention: str | Attention,
    scheme: Scheme | str | Sequence[int],
    input_shape: tuple[int, ...],
    classes: int,
    share: bool = True,
    classifier_activation: str | None = None,
    name: str | None = None,
) -> keras.Model:
    """A functional model (batch, height, width, channels) → logits (batch, classes); off blocks hold no attention.

    Args:
        backbone: a name or a configured backbone.
        attention: a name or a configured module.
        scheme: one bit per residual block.
        input_shape: (height, width, channels).
        classes: number of classes.
        share: one module per stage (arXiv 2011.14058), or one per connected block.
        classifier_activation: None gives logits.

    Raises:
        ValueError: an unknown name, a scheme that does not fit the backbone's stages, classes < 1.

    Example:
        >>> network = build_network("resnet20", "se", "100 010 001", (8, 8, 1), classes=10)
        >>> network.output_shape
        (None, 10)
    """
    backbone, attention = backbones.get(backbone), attentions.get(attention)
    scheme = Scheme(scheme, backbone.stages)
    if isinstance(classes, bool) or int(classes) != classes or classes < 1:
        raise ValueError(f"classes is a positive whole number, not {classes!r}.")
    connected = [block for block, bit in enumerate(scheme.bits) if bit]
    placement = Placement(attention, backbone.stages, connected, share)

    def attend(x, block):
        return placement(x, block) if scheme.bits[block] else x

    inputs = backbone.inputs(input_shape)
    outputs = backbone.outputs(inputs, attend, classes, classifier_activation)
    return keras.Model(inputs, outputs, name=name or "network")


def transfer_weights(source: keras.Model, target: keras.Model) -> None:
    """Copies every weight of `target` from the weight of the same path in `source`.

    Raises:
        ValueError: paths that the source lacks or has in another shape; the target is left untouched.
    """
    values = {weight.path: weight for weight in source.weights}
    wrong = [
        f"{weight.path} {tuple(weight.shape)}"
        for weight in target.weights
        if weight.path not in values or tuple(values[weight.path].shape) != tuple(weight.shape)
    ]
    if wrong:
        raise ValueError(f"Weights go across by path and shape, but the source lacks: {', '.join(wrong)}.")
    for weight in target.weights:
        # A copy, since on JAX two models that share a buffer lose it when one of them donates it.
        weight.assign(np.array(keras.ops.convert_to_numpy(values[weight.path])))
    for layer in target._flatten_layers():
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            layer.finalize_state()
