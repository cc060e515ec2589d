"""Attention modules by name: one file each, found by looking into this folder."""

from keras_ean import attention_options
from keras_ean.attention.averaged import Averaged
from keras_ean.attention.base import REGISTRY, Attention, Gate, register
from keras_ean.attention.choice import Choice
from keras_ean.attention.layer import from_layer
from keras_ean.attention.learned import Learned
from keras_ean.attention.norm import PlaceNorm
from keras_ean.registry import check_unused, import_folder, look_up

import_folder(__name__, __path__)

available = REGISTRY.available
SOURCES = dict(zip(attention_options.SOURCES, (None, Averaged, Learned), strict=True))
"""What a module is wrapped into, by the source that its gate is computed from; None leaves it as it is."""


def get(attention: "str | Attention", /, source: str = "image", **options) -> Attention:
    """Makes a configured module from a name and options; a module that is configured already is taken as it is.

    Args:
        attention: The name of a module, such as "se" (`available` lists them), or a configured module. Names with a
            plus between them, such as "eca+se", are a `Choice` of these at every block.
        source: What the gate is computed from. With "image" it is each image's own map. With "mean" it is the mean of
            these gates over the batch in training, and a moving average at inference (`Averaged`). With "learned" it is
            a vector that is trained (`Learned`). The last two are constants per channel at inference, which
            `keras_ean.fold` folds away exactly.
        **options: The options of the module, such as `reduction=4`; they go with a name. Those of a choice are given by
            module, such as `se={"reduction": 4}`, its `source` among them where it is not that of all.

    Raises:
        ValueError: A name, option or source that is not known, for which the message lists the known ones, an option
            of a wrong type or range, or options of a module that is configured already.
        TypeError: `attention` is neither a name nor a module.

    Example:
        >>> get("se", reduction=4).reduction
        4
    """
    if isinstance(attention, str):
        check(attention, {"source": source, **options})
        names = attention_options.modules_of(attention)
        if len(names) > 1:
            return Choice([get(name, **{"source": source, **options.get(name, {})}) for name in names])
        attention = REGISTRY.get(attention, **options)
    elif isinstance(attention, Attention):
        check_unused("module", attention, options)
    else:
        raise TypeError(f"An attention module is a name or an ean.attention.Attention layer, not {attention!r}.")
    wrapper = look_up("source", source, SOURCES)
    if wrapper is None:
        return attention
    return attention.around(wrapper) if isinstance(attention, Choice) else wrapper(attention)


def check(name: str, options: dict) -> None:
    """Checks a name and options as `get` would, without building anything.

    Args:
        name: The name of a module, such as "se", or of several with a plus between them.
        options: The options by name, as `get` takes them; `source` may be one of them.

    Raises:
        ValueError: A name, option or source that is not known, or an option of a wrong type or range.
    """
    attention_options.check(name, options, REGISTRY)


__all__ = [
    "SOURCES",
    "Attention",
    "Averaged",
    "Choice",
    "Gate",
    "Learned",
    "PlaceNorm",
    "available",
    "check",
    "from_layer",
    "get",
    "register",
]
