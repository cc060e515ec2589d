"""Attention modules by name: one file each, found by looking into this folder."""

from keras_ean import attention_options
from keras_ean.attention.averaged import Averaged
from keras_ean.attention.base import REGISTRY, Attention, Gate, register
from keras_ean.attention.layer import from_layer
from keras_ean.attention.learned import Learned
from keras_ean.attention.norm import PlaceNorm
from keras_ean.registry import import_folder, look_up

import_folder(__name__, __path__)

available = REGISTRY.available
SOURCES = dict(zip(attention_options.SOURCES, (None, Averaged, Learned), strict=True))
"""What makes a module compute its gate from that."""


def get(attention: "str | Attention", /, source: str = "image", **options) -> Attention:
    """Makes a configured module from a name and options; a module is handed through.

    Args:
        attention: A name, or a module.
        source: What the gate is computed from. "image": each image's own map. "mean": the mean of these gates over the
            batch, and at inference a moving average (`Averaged`). "learned": a vector that is trained (`Learned`). The
            last two are constants per channel at inference, which `keras_ean.fold` folds away exactly.
        **options: The options of the module, where it is given by name.

    Raises:
        ValueError: An unknown name, option or value, with the known ones.
        TypeError: Neither a name nor a module.

    Example:
        >>> get("se", reduction=4).reduction
        4
    """
    if isinstance(attention, str):
        check(attention, {"source": source, **options})
        attention = REGISTRY.get(attention, **options)
    if not isinstance(attention, Attention):
        raise TypeError(f"An attention module is a name or an ean.attention.Attention layer, not {attention!r}.")
    wrapper = look_up("source", source, SOURCES)
    return attention if wrapper is None else wrapper(attention)


def check(name: str, options: dict) -> None:
    """Raises ValueError for a name or option that `get` does not know; nothing is built.

    Args:
        name: The name of a module.
        options: The options of the module.

    Raises:
        ValueError: An unknown name or option.
    """
    attention_options.check(name, options, REGISTRY)


__all__ = [
    "SOURCES",
    "Attention",
    "Averaged",
    "Gate",
    "Learned",
    "PlaceNorm",
    "available",
    "check",
    "from_layer",
    "get",
    "register",
]
