"""The oracles by name: one for every search algorithm, made from its searcher."""

import inspect
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import keras_tuner

from keras_ean.search import algorithms
from keras_ean.search.algorithms import Searcher
from keras_ean.search.algorithms.options import signature
from keras_ean.search.host.oracle import SchemeOracle

MADE_WITH = re.compile(r"    common, named: .*(\n        .*)*")
"""In the docstring of a searcher."""


def get(
    name: str, stages: Sequence[int] | None = None, objective: str | keras_tuner.Objective | None = None, **options: Any
) -> SchemeOracle:
    """Makes the oracle of that name.

    Args:
        name: The name of a search algorithm, one of those that `keras_ean.search.available()` lists.
        stages: The numbers of residual blocks in each stage; None if `SchemeTuner` is to take them from its supernet.
        objective: The metric that trials report; None takes the accuracy.
        options: The further arguments of `SchemeOracle`, and the options of the search algorithm.

    Raises:
        ValueError: The name or an option is unknown.

    Example:
        >>> oracle = get("reinforce", (2, 2), "accuracy", max_steps=10, samples_per_step=2, seed=0)
        >>> trial = oracle.create_trial("tuner0")
        >>> sorted(trial.hyperparameters.values)
        ['block_0', 'block_1', 'block_2', 'block_3']
        >>> @algorithms.register("coin")
        ... class Coin(Searcher):
        ...     '''Tosses a coin for every block.'''
        ...     def propose(self):
        ...         return [self.draw(0.5) for _ in range(self.samples)]
        >>> get("coin", (2, 2), max_steps=5)
        <keras_ean.search.host.oracles.CoinOracle object at ...>
    """
    return oracle_class(name)(stages, objective, **options)


def oracle_class(name: str) -> type[SchemeOracle]:
    """The class of the oracle of that name; ValueError if there is none."""
    return _made(name, algorithms.lookup(name))  # type: ignore[arg-type]


@cache
def _made(name: str, searcher: type[Searcher]) -> type[SchemeOracle]:
    # NSGA2 is found as "nsga2", but Stratified as "random".
    stem = searcher.__name__ if searcher.__name__.lower() == name else name.title().replace("_", "")
    members = {
        "searcher_class": searcher,
        "__doc__": _doc(searcher),
        "__module__": __name__,
        "__signature__": signature(searcher, SchemeOracle),
    }
    return type(f"{stem}Oracle", (SchemeOracle,), members)


def _doc(searcher: type[Searcher]) -> str:
    """What the searcher does, and the arguments of every oracle in place of what every searcher is made with."""
    own, common = inspect.getdoc(searcher) or "", inspect.getdoc(SchemeOracle) or ""
    arguments = common.partition("Args:\n")[2].partition("\n    options: ")[0]
    return f"Makes `{searcher.__name__}` a Keras Tuner oracle.\n\n{MADE_WITH.sub(lambda match: arguments, own)}"


def __getattr__(name: str) -> type[SchemeOracle]:
    """`ReinforceOracle` and its like: the class of every search algorithm, by its own name."""
    if name.endswith("Oracle"):
        for one in algorithms.available():
            if (made := oracle_class(one)).__name__ == name:
                return made
    raise AttributeError(f"There is no {name!r} in {__name__}.")
