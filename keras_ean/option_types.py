"""Whether options are of the types that a signature names, told in words."""

import inspect
import math
import types
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Literal, Union, get_args, get_origin

WORDS = {bool: "true or false", int: "a whole number", float: "a finite number", str: "text", type(None): "none"}


def type_faults(function: Callable, options: Mapping[str, Any]) -> list[str]:
    """What is wrong with the types of options of a function or class, by the hints of its parameters.

    Numbers are finite. A list may stand for a tuple, as in YAML. What has no hint, or one of another kind than numbers,
    texts, choices, classes and lists of these, is not looked at.

    Example:
        >>> def paint(width: int, tone: Literal["red", "blue"] = "red", gap: float | None = None): ...
        >>> type_faults(paint, {"width": 3, "tone": "blue", "gap": 1})
        []
        >>> type_faults(paint, {"width": "3", "gap": math.nan})
        ["width is a whole number, not '3'", 'gap is a finite number or none, not nan']
        >>> type_faults(paint, {"tone": "grey"})
        ["tone is 'red' or 'blue', not 'grey'"]
    """
    parameters = inspect.signature(function).parameters
    return [
        f"{name} is {words(parameters[name].annotation)}, not {value!r}"
        for name, value in options.items()
        if name in parameters and not fits(value, parameters[name].annotation)
    ]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the type that a hint names.

    Example:
        >>> fits(True, int), fits([3, 3], tuple[int, ...]), fits(2, float), fits(math.inf, float)
        (False, True, True, False)
    """
    kind, parts = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if kind is Literal:
        return any(value == part and type(value) is type(part) for part in parts)
    if hint is bool:
        return isinstance(value, bool)
    if hint is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if hint is float:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if hint is None:
        return value is None
    if inspect.isclass(kind) and issubclass(kind, Iterable) and not issubclass(kind, Mapping):
        return _fits_each(value, kind, parts)
    plain = hint if inspect.isclass(hint) else kind
    # A class that another library or the user wrote may be stood in for.
    return plain not in (str, dict, Mapping, types.NoneType) or isinstance(value, plain)


def _fits_each(value: Any, kind: type, parts: tuple) -> bool:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return False
    if kind is tuple and parts and parts[-1] is not Ellipsis:
        items = list(value)
        return len(items) == len(parts) and all(map(fits, items, parts))
    return not parts or not hasattr(value, "__len__") or all(fits(item, parts[0]) for item in value)


def words(hint: Any) -> str:
    """A hint for a reader.

    Example:
        >>> words(int | tuple[int, int] | None)
        'a whole number or a list of 2 (a whole number each) or none'
    """
    kind, parts = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        # A whole number is a number.
        return " or ".join(dict.fromkeys(words(part) for part in parts if not (part is int and float in parts)))
    if kind is Literal:
        return " or ".join(map(repr, parts))
    if hint in WORDS:
        return WORDS[hint]
    if inspect.isclass(kind) and issubclass(kind, Iterable) and not issubclass(kind, Mapping):
        size = f" of {len(parts)}" if parts and parts[-1] is not Ellipsis and kind is tuple else ""
        return f"a list{size} ({words(parts[0])} each)" if parts else "a list"
    return "a mapping" if kind in (dict, Mapping) or hint is dict else getattr(hint, "__name__", str(hint))
