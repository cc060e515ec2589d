"""The contract of a data source: a function that gives an `ImageData`, registered for a name or a kind of source."""

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, TypeVar

from keras_ean.data.image_data import ImageData
from keras_ean.data.options import Options
from keras_ean.registry import check_known

F = TypeVar("F", bound=Callable[..., ImageData])


@dataclass(frozen=True)
class Loader:
    """One kind of source.

    Args:
        name: The name of the data set or of the kind of source.
        function: The function that gives the `ImageData`.
        accepts: Tells whether the function can load what `keras_ean.data.load` was called with, which it then takes as
            its first argument; None if it loads the data set that is called `name`, and takes options alone.
        check: Raises an error for what can be known to be wrong before anything is read; it takes the arguments of
            `function` but for the common options.
    """

    name: str
    function: Callable[..., ImageData]
    accepts: Callable[[Any], bool] | None = None
    check: Callable[..., object] | None = None

    @property
    def options(self) -> tuple[set[str], set[str]]:
        """The names of its own options, and those of the common ones that it takes: all, or none."""
        own = set(list(inspect.signature(self.function).parameters)[0 if self.accepts is None else 1 :])
        common = {field.name for field in fields(Options)} if "options" in own else set()
        return own - {"options"}, common

    def prepare(self, source: Any, options: dict[str, Any]) -> Callable[[], ImageData]:
        """A call that reads the data set: a function with a parameter `options` takes the common ones as `Options`.

        Raises:
            ValueError: The function has no parameter for an option, a seed is negative, or `check` refuses the
                arguments.
        """
        given = [] if self.accepts is None else [source]
        own, common = self.options
        path = f" {source}" if isinstance(source, str | os.PathLike) else ""
        what = f"data set {self.name!r}" if self.accepts is None else f"{self.name}{path}"
        check_known(what, self.function, options, own | common)
        if common:
            check_known(what, Options, {name: value for name, value in options.items() if name in common}, common)
        if isinstance(seed := options.get("seed"), int) and seed < 0:
            raise ValueError(f"{what}: seed is a whole number from 0 on, not {seed}.")
        arguments = {key: value for key, value in options.items() if key in own}
        if common:
            arguments["options"] = Options(**{key: value for key, value in options.items() if key in common})
        if self.check is not None:
            self.check(*given, **{name: value for name, value in arguments.items() if name != "options"})
        return partial(self.function, *given, **arguments)


LOADERS: dict[str, Loader] = {}


def register(
    name: str, accepts: Callable[[Any], bool] | None = None, check: Callable[..., object] | None = None
) -> Callable[[F], F]:
    """Makes the decorated function a data source that `keras_ean.data.load` knows.

    The options of `load` are the function's parameters, and those of `Options` if one of them is called `options`. A
    function registered later is asked earlier, so a source of yours comes before those of the library.

    Args:
        name: The name that `load` takes for the data set, such as "digits"; with `accepts`, it is only what messages
            call this kind of source.
        accepts: Tells whether the function can load a source, which it then takes as its first argument; None if it is
            asked for by `name`.
        check: Raises an error for what can be known to be wrong before anything is read; it takes the function's
            arguments but for `options`.

    Raises:
        ValueError: The name is taken by another function.

    Example:
        >>> import numpy as np
        >>> from keras_ean import data
        >>> @data.register("stripes")
        ... def load_stripes(images=40, options=data.Options()):
        ...     x = np.random.default_rng(0).normal(size=(images, 8, 8, 1))
        ...     y = np.arange(images) % 2
        ...     x[y == 1, ::2] += 3
        ...     return data.from_arrays((x, y), options=options, name="stripes")
        >>> print(data.load("stripes", images=60, test=0.5))
        stripes: train 26, validation 4, test 30; 2 classes, 8×8×1
        >>> del LOADERS["stripes"]
    """

    def decorate(function: F) -> F:
        if name in LOADERS and (taken := LOADERS[name].function.__qualname__) != function.__qualname__:
            raise ValueError(f"data source name {name!r} is taken by {taken}; choose another name.")
        LOADERS[name] = Loader(name, function, accepts, check)
        return function

    return decorate


def find(source: Any) -> Loader | None:
    """The loader of the data set that is called `source`, or else the newest one that accepts it; None if none does."""
    if isinstance(source, str) and source in LOADERS and LOADERS[source].accepts is None:
        return LOADERS[source]
    return next((each for each in reversed(LOADERS.values()) if each.accepts and each.accepts(source)), None)
