"""The oracles by name, one per search algorithm."""

from collections.abc import Sequence
from typing import Any

import keras_tuner

from keras_ean.search.algorithms.evolution import Evolution
from keras_ean.search.algorithms.greedy import Greedy
from keras_ean.search.algorithms.nsga2 import NSGA2
from keras_ean.search.algorithms.reinforce import Reinforce
from keras_ean.search.algorithms.screening import Factorial
from keras_ean.search.algorithms.spaced import Spaced
from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.algorithms.surrogate import Surrogate
from keras_ean.search.host.oracle import SchemeOracle, oracles


@oracles.register("reinforce")
class ReinforceOracle(SchemeOracle):
    """The paper's controller (`Reinforce`). Arguments as `SchemeOracle`, options as `Reinforce`.

    Example:
        >>> oracle = ReinforceOracle((2, 2), "accuracy", max_steps=10, samples_per_step=2, seed=0)
        >>> trial = oracle.create_trial("tuner0")
        >>> sorted(trial.hyperparameters.values)
        ['block_0', 'block_1', 'block_2', 'block_3']
    """

    searcher_class = Reinforce


@oracles.register("random")
class RandomOracle(SchemeOracle):
    """Random schemes, stratified by density (`Stratified`). Arguments as `SchemeOracle`, options as `Stratified`."""

    searcher_class = Stratified
    random_search = True


@oracles.register("evolution")
class EvolutionOracle(SchemeOracle):
    """Regularised evolution (`Evolution`). Arguments as `SchemeOracle`, options as `Evolution`."""

    searcher_class = Evolution


@oracles.register("greedy")
class GreedyOracle(SchemeOracle):
    """Greedy forward or backward search (`Greedy`). Arguments as `SchemeOracle`, options as `Greedy`."""

    searcher_class = Greedy


@oracles.register("spaced")
class SpacedOracle(SchemeOracle):
    """Evenly spaced connections (`Spaced`). Arguments as `SchemeOracle`, options as `Spaced`."""

    searcher_class = Spaced


@oracles.register("screening")
class ScreeningOracle(SchemeOracle):
    """Effects of all blocks at once (`Factorial`). Arguments as `SchemeOracle`, options as `Factorial`."""

    searcher_class = Factorial


@oracles.register("surrogate")
class SurrogateOracle(SchemeOracle):
    """Regression on the bits of scored schemes (`Surrogate`). Arguments as `SchemeOracle`, options as `Surrogate`."""

    searcher_class = Surrogate


@oracles.register("nsga2")
class NSGA2Oracle(SchemeOracle):
    """A Pareto front of the objective against cost (`NSGA2`). Arguments as `SchemeOracle`, options as `NSGA2`."""

    searcher_class = NSGA2


def available() -> list[str]:
    """Names of the search algorithms."""
    return oracles.available()


def get(
    name: str, stages: Sequence[int] | None = None, objective: str | keras_tuner.Objective | None = None, **options: Any
) -> SchemeOracle:
    """The oracle of that name; ValueError for an unknown name or option.

    Example:
        >>> type(get("reinforce", (2, 2), "accuracy", seed=0)).__name__
        'ReinforceOracle'
    """
    return oracles.lookup(name)(stages, objective, **options)
