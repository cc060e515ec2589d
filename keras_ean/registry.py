"""Name → class, filled by a decorator; an unknown name answers with the nearest known ones."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from keras_ean.option_types import type_faults

T = TypeVar("T")
V = TypeVar("V")


class Registry(Generic[T]):
    """Classes of one kind by name.

    Example:
        >>> pets = Registry("pet")
        >>> @pets.register("cat")
        ... class Cat:
        ...     def __init__(self, lives=9):
        ...         self.lives = lives
        >>> pets.get("cat", lives=7).lives
        7
        >>> pets.get("cta")
        Traceback (most recent call last):
        ...
        ValueError: Unknown pet 'cta'. Did you mean 'cat'? Known: cat.
    """

    def __init__(self, kind: str):
        self.kind = kind
        self.classes: dict[str, type[T]] = {}

    def register(self, name: str) -> Callable[[type[T]], type[T]]:
        """Decorator that makes a class known by `name`; a name taken by another class is a ValueError."""

        def decorate(cls: type[T]) -> type[T]:
            known = self.classes.get(name)
            if known is not None and known.__qualname__ != cls.__qualname__:
                raise ValueError(f"{self.kind} name {name!r} is taken by {known.__qualname__}; choose another name.")
            self.classes[name] = cls
            return cls

        return decorate

    def available(self) -> list[str]:
        return sorted(self.classes)

    def lookup(self, name: str) -> type[T]:
        """The class of `name`; ValueError with the nearest names if there is none."""
        return look_up(self.kind, name, self.classes)

    def check(self, name: str, options: dict) -> type[T]:
        """The class of `name`, of which nothing is built; ValueError for an unknown name or option."""
        cls = self.lookup(name)
        check_options(f"{self.kind} {name!r}", cls, options)
        return cls

    def get(self, name: str, /, **options) -> T:
        """An instance of the class `name`; ValueError for an unknown name or option."""
        return self.check(name, options)(**options)


def check_unused(kind: str, configured: object, options: Mapping) -> None:
    """ValueError for options that come with something that has its own already, which they would not change."""
    if options:
        raise ValueError(
            f"Options of a {kind} go with its name: this {type(configured).__name__} is configured already, and would "
            f"not take {', '.join(options)}. Give it its options where it is made."
        )


def import_folder(package: str, folders: Iterable[str]) -> None:
    """Imports every file of a package's folders, so that each registers what it holds."""
    for module in pkgutil.iter_modules(folders):
        importlib.import_module(f"{package}.{module.name}")


def look_up(kind: str, name: str, table: Mapping[str, V]) -> V:
    """What the table holds under `name`; ValueError with the nearest names if there is none."""
    if name not in table:
        raise ValueError(unknown(kind, name, table))
    return table[name]


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The message for an unknown name."""
    known = sorted(known)
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    near = near or difflib.get_close_matches(str(name).lower(), known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"Unknown {kind} {name!r}.{hint} Known: {', '.join(known)}."


def unknown_all(kind: str, names: Iterable[str], known: Iterable[str]) -> str:
    """The message for all unknown names among `names`; empty if there is none.

    Example:
        >>> unknown_all("option", ["width", "hight"], ["height", "width"])
        "Unknown option 'hight'. Did you mean 'height'? Known: height, width."
    """
    known = sorted(known)
    texts = [unknown(kind, name, known) for name in names if name not in known]
    short = [text.partition(" Known: ")[0] for text in texts[:-1]]  # The known ones are listed once.
    return " ".join([*short, *texts[-1:]])


def check_options(what: str, function: Callable, options: dict) -> None:
    """ValueError unless every option is a named parameter of `function` (a class or a function), of its type."""
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    check_known(what, function, options, names)


def check_known(what: str, function: Callable, options: Mapping, names: Iterable[str]) -> None:
    """ValueError unless every option is one of the names, and of the type that `function` wants."""
    if wrong := unknown_all("option", options, names):
        raise ValueError(f"{what}: {wrong}")
    if faults := type_faults(function, options):
        raise ValueError(f"{what}: {'; '.join(faults)}.")
