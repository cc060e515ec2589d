"""The oracles by name: one for every search algorithm, made from its searcher."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from functools import cache
from pkgutil import iter_modules
from typing import Any

import keras_tuner

from keras_ean.registry import Registry
from keras_ean.search import algorithms
from keras_ean.search.algorithms.searcher import Searcher, searchers
from keras_ean.search.host.oracle import SchemeOracle, own_options


@cache
def known() -> Registry[Searcher]:
    """The search algorithms by name; every file of their folder has registered its own."""
    for module in iter_modules(algorithms.__path__):
        importlib.import_module(f"{algorithms.__name__}.{module.name}")
    return searchers


def register(name: str) -> Callable[[type[Searcher]], type[Searcher]]:
    """Decorator that makes a searcher known as the oracle of that name.

    Raises:
        ValueError: the name is taken by another searcher.

    Example:
        >>> @register("coin")
        ... class Coin(Searcher):
        ...     '''Tosses a coin for every block.'''
        ...     def propose(self):
        ...         return [self.draw(0.5) for _ in range(self.samples)]
        >>> get("coin", (2, 2), max_steps=5)
        <keras_ean.search.host.oracles.CoinOracle object at ...>
    """
    return known().register(name)


def available() -> list[str]:
    """Names of the search algorithms."""
    return known().available()


def get(
    name: str, stages: Sequence[int] | None = None, objective: str | keras_tuner.Objective | None = None, **options: Any
) -> SchemeOracle:
    """The oracle of that name; ValueError for an unknown name or option.

    Example:
        >>> oracle = get("reinforce", (2, 2), "accuracy", max_steps=10, samples_per_step=2, seed=0)
        >>> trial = oracle.create_trial("tuner0")
        >>> sorted(trial.hyperparameters.values)
        ['block_0', 'block_1', 'block_2', 'block_3']
    """
    return oracle_class(name)(stages, objective, **options)


def oracle_class(name: str) -> type[SchemeOracle]:
    """The class of the oracle of that name; ValueError if there is none."""
    return _made(name, known().lookup(name))  # type: ignore[arg-type]


@cache
def _made(name: str, searcher: type[Searcher]) -> type[SchemeOracle]:
    # NSGA2 is found as "nsga2", but Stratified as "random".
    stem = searcher.__name__ if searcher.__name__.lower() == name else name.title().replace("_", "")
    doc = (
        f"`{searcher.__name__}` as a Keras Tuner oracle. Arguments as `SchemeOracle`, options as the searcher:\n\n"
        f"{inspect.getdoc(searcher)}"
    )
    members = {
        "searcher_class": searcher,
        "__doc__": doc,
        "__module__": __name__,
        "__signature__": _signature(searcher),
    }
    return type(f"{stem}Oracle", (SchemeOracle,), members)


def _signature(searcher: type[Searcher]) -> inspect.Signature:
    """The arguments of every oracle, and the searcher's own options in place of **options."""
    *common, _ = inspect.signature(SchemeOracle).parameters.values()
    own = (one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own_options(searcher).values())
    return inspect.Signature([*common, *own])


def __getattr__(name: str) -> type[SchemeOracle]:
    """`ReinforceOracle` and its like: the class of every search algorithm, by its own name."""
    if name.endswith("Oracle"):
        for one in available():
            if (made := oracle_class(one)).__name__ == name:
                return made
    raise AttributeError(f"There is no {name!r} in {__name__}.")
