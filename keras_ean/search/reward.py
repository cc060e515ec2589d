"""What a search maximises: the objective, sparsity and costs, weighted in the objective's own units."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from keras_ean.scheme import Scheme

NAMES = {"parameters": "parameters", "flops": "flops", "latency": "ms"}
"""Of the ready-made costs (`keras_ean.search.costs`), as parts of a reward."""


@dataclass(frozen=True)
class Cost:
    """Describes a cost that is known of the scheme alone, such as parameters, FLOPs or milliseconds.

    Args:
        name: The name of the part in logs and tables.
        function: Scheme → cost; more connected blocks never cost less.
        weight: Units of the objective that one unit of cost takes away.
        limit: Schemes that cost more are never proposed: a number, or text such as "+5 %", which is 5 % more than the
            network without attention costs; None for no limit.

    Raises:
        ValueError: A limit as text in another form.

    Example:
        >>> Cost("connections", lambda scheme: sum(scheme.bits), limit=4).admits(Scheme.full((3, 4, 6, 3)))
        False
        >>> Cost("ms", BlockPrices(20.0, (0.5, 0.8)), limit="+5 %").admits(Scheme("11"))
        False
    """

    name: str
    function: Callable[[Scheme], float]
    weight: float = 0.0
    limit: float | str | None = None

    def __post_init__(self):
        if isinstance(self.limit, str):
            increase(self.limit)

    def most(self, stages: Sequence[int]) -> float:
        """Gives the limit in the cost's unit; it is infinite if there is none.

        Args:
            stages: The residual blocks of each stage, such as (3, 4, 6, 3).
        """
        if isinstance(self.limit, str):
            return (1 + increase(self.limit)) * self.function(Scheme.empty(stages))
        return math.inf if self.limit is None else self.limit

    def admits(self, scheme: Scheme) -> bool:
        """Says whether a scheme keeps the limit."""
        return self.limit is None or self.function(scheme) <= self.most(scheme.stages)


def unmeasured(asked: Iterable[str]) -> tuple[Cost, ...]:
    """Makes costs of nothing, for where only the names of the reward's parts matter."""
    return tuple(Cost(NAMES[name], lambda scheme: 0.0) for name in asked)


def increase(limit: str) -> float:
    """The 0.05 of "+5 %"; ValueError for text in another form."""
    found = re.fullmatch(r"\+\s*(\d+(?:\.\d+)?)\s*%", limit.strip())
    if found is None:
        raise ValueError(
            f"A limit is a number in the cost's own unit, or '+5 %' over the network without attention, not {limit!r}."
        )
    return float(found[1]) / 100


@dataclass(frozen=True)
class BlockPrices:
    """A cost that adds up over the connected blocks: Scheme → plain + Σ blocks · a.

    A resumed search goes on with the prices it began with: a latency measured anew would be another one.

    Args:
        plain: The plain of the network without attention.
        blocks: The blocks of connecting each block.

    Example:
        >>> BlockPrices(2.0, (0.5, 0.25, 0.25))(Scheme("1 01"))
        2.75
    """

    plain: float
    blocks: Sequence[float]

    def __call__(self, scheme: Scheme) -> float:
        return float(self.plain + np.asarray(self.blocks, "float64") @ np.asarray(scheme.bits))


@dataclass(frozen=True)
class Reward:
    """Computes what is maximised: reward = ± objective + sparsity_weight · (1 − ‖a‖₀/m) − Σ weight · cost.

    The weights are in units of the objective: with an accuracy of 0 … 1, `sparsity_weight=0.1` says that leaving out
    10 % of the connections is worth one point of accuracy. The paper's λ2 = 2 points is 0.02.

    Args:
        sparsity_weight: Units of the objective for leaving out all connections.
        costs: Further costs, with weights and limits.
        max_connections: Schemes with more connected blocks are never proposed.
        function: (Scheme, metrics) → float in place of the whole sum; limits stay in force.

    Example:
        >>> reward = Reward(sparsity_weight=0.1)
        >>> parts = reward.parts(Scheme("10 01"), {"accuracy": 0.9}, "accuracy", "max")
        >>> parts["objective"], parts["sparsity"], round(parts["reward"], 3)
        (0.9, 0.5, 0.95)
    """

    sparsity_weight: float = 0.02
    costs: tuple[Cost, ...] = ()
    max_connections: int | None = None
    function: Callable[[Scheme, Mapping[str, float]], float] | None = None

    def __post_init__(self):
        object.__setattr__(self, "costs", tuple(self.costs))
        if self.max_connections is not None and self.max_connections < 0:
            raise ValueError(f"max_connections is 0 or more, not {self.max_connections!r}.")

    def admits(self, scheme: Scheme) -> bool:
        """Says whether the scheme keeps every hard limit."""
        if self.max_connections is not None and sum(scheme.bits) > self.max_connections:
            return False
        return all(cost.admits(scheme) for cost in self.costs)

    def known(self, scheme: Scheme) -> float:
        """Gives the part of the reward that needs no evaluation.

        Args:
            scheme: The scheme.
        """
        taken = sum(cost.weight * cost.function(scheme) for cost in self.costs)
        return self.sparsity_weight * (1 - scheme.density) - taken

    @property
    def names(self) -> tuple[str, ...]:
        """These are the names of `parts`."""
        return ("objective", "sparsity", *(cost.name for cost in self.costs), "reward")

    def parts(self, scheme: Scheme, metrics: Mapping[str, float], objective: str, direction: str) -> dict[str, float]:
        """Gives every term as measured, unweighted, and their weighted sum under "reward".

        Args:
            scheme: The scheme.
            metrics: What was measured of it, by name.
            objective: The name of the metric that counts.
            direction: "max" if more is better, else "min".
        """
        value = float(metrics[objective])
        parts = {"objective": value, "sparsity": 1 - scheme.density}
        parts.update({cost.name: float(cost.function(scheme)) for cost in self.costs})
        if self.function is not None:
            parts["reward"] = float(self.function(scheme, metrics))
        else:
            parts["reward"] = (value if direction == "max" else -value) + self.known(scheme)
        return parts

    def prices(self) -> dict[str, list[float]]:
        """Gives plain price and blocks' prices of each cost that is a `BlockPrices`, by its name."""
        functions = {cost.name: cost.function for cost in self.costs}
        return {name: [f.plain, *f.blocks] for name, f in functions.items() if isinstance(f, BlockPrices)}

    def at(self, prices: Mapping[str, Sequence[float]]) -> "Reward":
        """Makes the same reward with these prices."""
        return replace(
            self,
            costs=tuple(
                replace(cost, function=BlockPrices(prices[cost.name][0], tuple(prices[cost.name][1:])))
                if cost.name in prices
                else cost
                for cost in self.costs
            ),
        )

    def settings(self) -> dict[str, object]:
        """Gives what a resumed search must have unchanged."""
        costs = {cost.name: [cost.weight, cost.limit] for cost in self.costs}
        name = None if self.function is None else getattr(self.function, "__qualname__", type(self.function).__name__)
        return {
            "sparsity_weight": self.sparsity_weight,
            "costs": costs,
            "max_connections": self.max_connections,
            "reward_function": name,
        }
