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
    """Makes a new functional model: `model` with attention before its residual additions, its weights carried over.

    Every weight of `model` has the same value in the result, bit for bit; `model` itself is not changed. The result
    is not compiled; nested models are flattened into it.

    Args:
        model: A functional or Sequential model, channels last.
        attention: A name or a configured module.
        scheme: One bit per place of `attachment_points(model)`; default: all.
        share: One module per stage, or one per connected block.
        identity_init: Fade the attention in from the identity (`IdentityStart`), so that the result computes what
            `model` does until it is trained.
        at: Names of layers after which to plug, instead of residual additions.
        name: The name of the result; default: the model's.

    Raises:
        TypeError: Not a Keras model.
        ValueError: An unknown module; a scheme that does not fit; a model without places, see `attachment_points`.

    Example:
        >>> model = build_network("resnet20", "se", "000 000 000", (8, 8, 1), classes=10)
        >>> plugged = plug(model, "sge", scheme="100 010 001", identity_init=True)
        >>> len(plugged.layers) - len(model.layers)
        3
    """
    backbone, module = _prepare(model, attention, identity_init, at)
    bits = Scheme.full(backbone.stages) if scheme is None else Scheme(scheme, backbone.stages)
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

    Pre-train or fine-tune, search and `extract` as with `build_supernet`; inputs and outputs are the model's.

    Args:
        model: A functional or Sequential model, channels last.
        attention: A name or a configured module.
        share: One module per stage, or one per place.
        identity_init: Fade the attention in from the identity (`IdentityStart`), so that every scheme computes what
            `model` does until it is trained.
        at: Names of layers after which to plug, instead of residual additions.
        sampling: Which schemes a batch of the training sees, as in `build_supernet`.
        seed: The seed of the drawn schemes.
        distill: The weight of in-place distillation, or a `Distillation`.
        name: The name of the result; default: the model's.

    Raises:
        TypeError, ValueError: As `plug`; an unknown sampling.

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
    return backbone, IdentityStart(module, dtype=module.dtype_policy) if identity_init else module


def _signature(backbone: PluggedBackbone) -> tuple[tuple, int]:
    """(shape of the first input without the batch, last axis of the first output), which the supernet only shows."""
    model = backbone.functional
    return tuple(model.inputs[0].shape[1:]), model.outputs[0].shape[-1] or 1
