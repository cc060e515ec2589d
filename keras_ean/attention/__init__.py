"""Attention modules by name: one file each, found by looking into this folder."""

from keras_ean.attention.base import REGISTRY, Attention, Gate, register
from keras_ean.attention.layer import from_layer
from keras_ean.attention.norm import PlaceNorm
from keras_ean.registry import import_folder

import_folder(__name__, __path__)

available = REGISTRY.available


def get(attention: "str | Attention", /, **options) -> Attention:
    """A configured module from a name and options; a module is handed through.

    Raises:
        ValueError: an unknown name, option or value, with the known ones.
        TypeError: neither a name nor a module.

    Example:
        >>> get("se", reduction=4).reduction
        4
    """
    if isinstance(attention, Attention):
        return attention
    if not isinstance(attention, str):
        raise TypeError(f"An attention module is a name or an ean.attention.Attention layer, not {attention!r}.")
    return REGISTRY.get(attention, **options)


__all__ = ["Attention", "Gate", "PlaceNorm", "available", "from_layer", "get", "register"]
