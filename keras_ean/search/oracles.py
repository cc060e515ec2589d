"""The oracles by name, one per search algorithm."""

from collections.abc import Sequence
from typing import Any

import keras_tuner

from keras_ean.search.oracle import SchemeOracle, oracles
from keras_ean.search.reinforce import Reinforce


@oracles.register("reinforce")
class ReinforceOracle(SchemeOracle):
    """The paper's controller (`Reinforce`). Arguments: see `SchemeOracle`; options: see `Reinforce`.

    Example:
        >>> oracle = ReinforceOracle((2, 2), "accuracy", max_steps=10, samples_per_step=2, seed=0)
        >>> trial = oracle.create_trial("tuner0")
        >>> sorted(trial.hyperparameters.values)
        ['block_0', 'block_1', 'block_2', 'block_3']
    """

    searcher_class = Reinforce


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
