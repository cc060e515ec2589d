"""Attention in a model that somebody else built or trained."""

from collections.abc import Sequence

import keras

from keras_ean import attention as attentions
from keras_ean import onednn
from keras_ean.attention import Attention
from keras_ean.plugging.backbone import PluggedBackbone
from keras_ean.plugging.identity_start import IdentityStart
from keras_ean.scheme import Scheme
from keras_ean.supernet.distillation import Distillation
from keras_ean.supernet.network import build_network
from keras_ean.supernet.placement import stages_of
from keras_ean.supernet.supernet import Supernet


def plug(
    model: keras.Model,
    attention: str | Attention = "se",
    scheme: Scheme | str | Sequence[int] | None = None,
    share: bool = True,
    identity_init: bool = False,
    at: Sequence[str] | None = None,
    name: str | None = None,
) -> keras.Model:
    """Makes a new functional model: `model` with attention plugged in before its residual additions, and its weights
    carried over.

    Every weight of `model` has the same value in the result, bit for bit; `model` itself is not changed. The result
    is not compiled; nested models are flattened into it.

    Args:
        model: A functional or Sequential model, channels last.
        attention: The name of an attention module, such as "se", or a configured module.
        scheme: Which places of `attachment_points(model)` get attention, one bit each; None connects all.
        share: Whether the connected blocks of a stage share one module; otherwise each has its own.
        identity_init: Whether the attention is faded in from the identity (`IdentityStart`), so that the result
            computes what `model` does until it is trained.
        at: The names of layers to plug attention after, instead of before residual additions.
        name: The name of the new model; None takes that of `model`.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The module is not known, the scheme does not fit the places, or the model has none (see
            `attachment_points`).

    Example:
        >>> model = build_network("resnet20", "se", "000 000 000", (8, 8, 1), classes=10)
        >>> plugged = plug(model, "sge", scheme="100 010 001", identity_init=True)
        >>> len(plugged.layers) - len(model.layers)
        3
    """
    backbone, module = _prepare(model, attention, identity_init, at)
    stages = stages_of(backbone, module.per_block)
    bits = Scheme.full(stages) if scheme is None else Scheme(scheme, stages)
    network = build_network(backbone, module, bits, *_signature(backbone), share=share, name=name or model.name)
    backbone.carry_weights(network)
    onednn.warn(network)
    return network


def plug_supernet(
    model: keras.Model,
    attention: str | Attention = "se",
    share: bool = True,
    identity_init: bool = False,
    at: Sequence[str] | None = None,
    sampling: str = "bernoulli",
    seed: int | None = None,
    distill: float | Distillation = 0.0,
    name: str | None = None,
) -> Supernet:
    """Makes a supernet over the attachment points of `model`, its weights carried over bit for bit.

    Train it, search and `extract` as with `build_supernet`; its inputs and outputs are the model's.

    Args:
        model: A functional or Sequential model, channels last.
        attention: The name of an attention module, such as "se", or a configured module.
        share: Whether the places of a stage share one module; otherwise each has its own.
        identity_init: Whether the attention is faded in from the identity (`IdentityStart`), so that every scheme
            computes what `model` does until it is trained.
        at: The names of layers to plug attention after, instead of before residual additions.
        sampling: The rule by which training draws a scheme for each batch, as in `build_supernet`.
        seed: The seed of the drawn schemes.
        distill: The weight of in-place distillation, by which the full scheme teaches the others, or a `Distillation`;
            0 leaves it out.
        name: The name of the supernet; None takes that of `model`.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The module or the sampling is not known, or the model has no places (see `attachment_points`).

    Example:
        >>> model = build_network("resnet20", "se", "000 000 000", (8, 8, 1), classes=10)
        >>> plug_supernet(model, "dia").stages
        (3, 3, 3)
    """
    backbone, module = _prepare(model, attention, identity_init, at)
    supernet = Supernet(
        backbone, module, *_signature(backbone), share, sampling, seed, distill, name=name or model.name
    )
    backbone.carry_weights(supernet.body)
    onednn.warn(supernet.body)
    return supernet


def _prepare(model, attention, identity_init: bool, at) -> tuple[PluggedBackbone, Attention]:
    backbone = PluggedBackbone(model, None if at is None else tuple(at))
    module = attentions.get(attention)
    if isinstance(attention, str):
        module = type(module).from_config({**module.get_config(), "dtype": backbone.policy})
    if not identity_init:
        return backbone, module

    def fading(one: Attention) -> Attention:
        # Around the identity neither α nor the module's weights would have a slope.
        return one if one.starts_as_identity else IdentityStart(one, dtype=one.dtype_policy)

    return backbone, module.around(fading) if isinstance(module, attentions.Choice) else fading(module)


def _signature(backbone: PluggedBackbone) -> tuple[tuple, int]:
    """(shape of the first input without the batch, last axis of the first output), which the supernet only shows."""
    model = backbone.functional
    return tuple(model.inputs[0].shape[1:]), model.outputs[0].shape[-1] or 1
