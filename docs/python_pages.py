"""The reference of the Python names: a page for every public module, made of signatures and docstrings."""

import functools
import inspect
import re
import types
from collections.abc import Iterator

from docstrings import markdown, parsed

KINDS = (property, functools.cached_property, classmethod, staticmethod, types.FunctionType)
MODULES = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])")
"""In front of the names of types."""
ADDRESS = re.compile(r"<(?:function |class ')?(?:[\w.]*\.)?([\w<>]+)(?:'| at 0x[0-9a-f]+| object at 0x[0-9a-f]+)?>")


def names(module: types.ModuleType) -> list[str]:
    """What a module makes public: its `__all__`, or else what it defines itself."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return sorted(listed)
    own = {name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__}
    return sorted(name for name in own if not name.startswith("_"))


def pages(module: types.ModuleType, seen: set[int]) -> Iterator[tuple[str, str]]:
    """The page of a module, and those of the public modules in it; each name stands where it is met first."""
    inner, parts = [], []
    for name in names(module):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            if value.__name__.startswith("keras_ean"):
                inner.append(value)
        elif (inspect.isclass(value) or inspect.isfunction(value)) and id(value) not in seen:
            seen.add(id(value))
            parts.append(described(f"{module.__name__}.{name}".replace("keras_ean", "ean", 1), value))
    if parts:
        head = f"# `{module.__name__}`\n\n{parsed(module).text}"
        yield module.__name__, "\n\n".join((head, *parts)) + "\n"
    for value in inner:
        yield from pages(value, seen)


def described(path: str, value) -> str:
    """A class with its public members, or a function."""
    parts = [f"## {path}", f"```python\n{path}{signature(value)}\n```", markdown(value)]
    for name, member in members(value).items() if inspect.isclass(value) else ():
        if not name.startswith("_") and isinstance(member, KINDS) and member.__doc__:
            parts += [f"### {path.rpartition('.')[2]}.{name}", *called(name, member), markdown(member)]
    return "\n\n".join(parts)


def members(cls: type) -> dict:
    """What a class defines itself, and what it has of ancestors in the package that stand on no page."""
    ancestors = [one for one in cls.__mro__[1:] if one.__module__.startswith("keras_ean.") and one not in shown()]
    return {name: member for one in (*reversed(ancestors), cls) for name, member in vars(one).items()}


@functools.cache
def shown() -> frozenset:
    """The classes that stand on a page."""
    import keras_ean

    todo, found = [keras_ean], set()
    while todo:
        module = todo.pop()
        values = [getattr(module, name) for name in names(module)]
        found |= {value for value in values if inspect.isclass(value)}
        todo += [one for one in values if isinstance(one, types.ModuleType) and one.__name__.startswith("keras_ean")]
    return frozenset(found)


def called(name: str, member) -> Iterator[str]:
    """How a method is called; a property is not."""
    if not isinstance(member, property | functools.cached_property):
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        first = 0 if isinstance(member, staticmethod) else 1
        yield f"```python\n{name}{signature(function, first)}\n```"


def signature(value, first: int = 0) -> str:
    """The arguments from the one at `first`, with the names of their types."""
    try:
        whole = inspect.signature(value)
    except ValueError:  # of a class that takes its builder's
        return ""
    text = str(whole.replace(parameters=list(whole.parameters.values())[first:]))
    text = ADDRESS.sub(r"\1", MODULES.sub("", ADDRESS.sub(r"\1", text).replace("~", "")))
    return text if len(text) < 100 else broken(text)


def broken(text: str) -> str:
    """A long signature, an argument a line."""
    lines, depth, start = [], 0, 1
    end = text.rindex(")")
    for place, letter in enumerate(text[:end]):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 1:
            lines.append(text[start:place].strip())
            start = place + 1
    lines.append(text[start:end].strip())
    return "(\n" + "".join(f"    {line},\n" for line in lines) + text[end:]
