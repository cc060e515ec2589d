"""Backbones by name: one file per family, found by looking into this folder."""

from keras_ean.backbones import blocks
from keras_ean.backbones.base import REGISTRY, Backbone, register
from keras_ean.registry import check_options, check_unused, import_folder, unknown

import_folder(__name__, __path__)


def available() -> list[str]:
    """Lists names of backbones that `get` takes. Those of the CIFAR families are examples: any depth that fits the
    family will do, such as "resnet32".
    """
    return [name for family in REGISTRY.available() for name in REGISTRY.lookup(family).examples()]


def get(backbone: "str | Backbone", /, **options) -> Backbone:
    """Makes a configured backbone from a name and options; a backbone that is configured already is taken as it is.

    Args:
        backbone: The name of a backbone, such as "resnet20" (`available` lists some), or a configured one.
        options: The options of the family, such as `width=32`; they go with a name.

    Raises:
        ValueError: A name or option that is not known, for which the message lists the known ones, a value that does
            not fit, or options of a backbone that is configured already.
        TypeError: `backbone` is neither a name nor a backbone.

    Example:
        >>> get("resnet50", width=8, conv_bias=True).stages
        (3, 4, 6, 3)
        >>> get("resnet20").stages
        (3, 3, 3)
    """
    if isinstance(backbone, Backbone):
        check_unused("backbone", backbone, options)
        return backbone
    if not isinstance(backbone, str):
        raise TypeError(f"A backbone is a name or an ean.backbones.Backbone, not {backbone!r}.")
    for family in REGISTRY.classes.values():
        parsed = family.parse(backbone)
        if parsed is not None:
            check_options(f"backbone {backbone!r}", family, options)
            return family(**{**parsed, **options})
    raise ValueError(unknown("backbone", backbone, available()))


__all__ = ["Backbone", "available", "blocks", "get", "register"]
