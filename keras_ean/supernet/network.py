"""The network of one scheme: backbone × attention × scheme → a functional model, off blocks left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_ean import attention as attentions
from keras_ean import backbones, backend, layer_names
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.scheme import Scheme
from keras_ean.supernet.placement import Placement, stages_of


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
    """Builds a functional model (batch, height, width, channels) → logits (batch, classes); off blocks hold nothing.

    Args:
        backbone: The name of a backbone, or a configured one (`keras_ean.backbones.get`).
        attention: The name of an attention module, or a configured one (`keras_ean.attention.get`).
        scheme: Which blocks have attention: one bit for each residual block, as a `Scheme`, a text or a sequence; with
            a `keras_ean.attention.Choice`, one for each of its modules at each block.
        input_shape: The (height, width, channels) of an image.
        classes: The number of classes, at least 1.
        share: Whether the connected blocks of a stage share one module (arXiv 2011.14058), or each has its own.
        classifier_activation: The activation of the outputs, such as "softmax"; None gives logits.
        name: The name of the model; None calls it "network".

    Raises:
        ValueError: A name is unknown, the scheme does not fit the backbone's stages, or `classes` is no whole number
            from 1 on.

    Example:
        >>> network = build_network("resnet20", "se", "100 010 001", (8, 8, 1), classes=10)
        >>> network.output_shape
        (None, 10)
    """
    backbone, attention = backbones.get(backbone), attentions.get(attention)
    scheme = Scheme(scheme, stages_of(backbone, attention.per_block))
    if isinstance(classes, bool) or int(classes) != classes or classes < 1:
        raise ValueError(f"classes is a positive whole number, not {classes!r}.")
    connected = [place for place, bit in enumerate(scheme.bits) if bit]
    placement = Placement(attention, scheme.stages, connected, share)

    def attend(x, block):
        for place in placement.of(block):
            x = placement(x, place) if scheme.bits[place] else x
        return x

    inputs = backbone.inputs(input_shape)
    outputs = backbone.outputs(inputs, attend, classes, classifier_activation)
    network = keras.Model(inputs, outputs, name=name or "network")
    backend.keep_loss_scaling(network)
    return network


def transfer_weights(source: keras.Model, target: keras.Model, instead: Mapping[int, Any] | None = None) -> None:
    """Copies every weight of `target` from the layer of the same name in `source`, and an attention module of one block
    from that of its stage if the block has none of its own there.

    Args:
        source: The model to copy from, which has all layers of the target.
        target: The model to change.
        instead: Values to copy in place of a variable's own, by the `id` of the variable of the source.

    Raises:
        ValueError: Weights that the source lacks or has in another shape; the target is left untouched.
    """
    layers = {layer.name: layer for layer in source.layers}
    pairs = [pair for layer in target.layers for pair in _pairs(_counterpart(layer.name, layers), layer)]
    wrong = [f"{new.path} {tuple(new.shape)}" for new, old in pairs if old is None or old.shape != new.shape]
    if wrong:
        raise ValueError(
            "Weights are carried over between layers of the same name and shape, but in the source there is none for: "
            f"{', '.join(wrong)}."
        )
    for new, old in pairs:
        # A copy, since on JAX two models that share a buffer lose it when one of them donates it.
        new.assign(np.array(keras.ops.convert_to_numpy((instead or {}).get(id(old), old))))
    for layer in target._flatten_layers():
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            layer.finalize_state()


def _counterpart(name: str, layers: Mapping[str, keras.layers.Layer]) -> keras.layers.Layer | None:
    place = layer_names.attention_of(name)
    return layers.get(name) or (layers.get(layer_names.attention(place[0])) if place else None)


def _pairs(source: keras.layers.Layer | None, target: keras.layers.Layer) -> list[tuple]:
    """Each weight of a layer with the weight to copy, or None: by path in attention modules, which may serve fewer
    blocks than the source's; in order in other layers, whose authors may not have named their weights."""
    weights = source.weights if source is not None else []
    if isinstance(target, Attention):
        values = {weight.path.partition("/")[2]: weight for weight in weights}
        return [(weight, values.get(weight.path.partition("/")[2])) for weight in target.weights]
    return [(weight, weights[i] if i < len(weights) else None) for i, weight in enumerate(target.weights)]
