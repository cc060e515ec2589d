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
        name: The name of the cost in logs and tables.
        function: A function from a scheme to its cost; more connected blocks must never cost less.
        weight: What one unit of the cost takes off the reward, in units of the objective.
        limit: The most that a scheme may cost; those that cost more are never proposed. It is a number, or text such as
            "+5 %", which is 5 % more than the network without attention costs; None sets no limit.

    Raises:
        ValueError: The limit is a text in another form.

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
        """Gives the limit in the unit of the cost; it is infinite if there is none.

        Args:
            stages: The numbers of residual blocks in each stage, such as (3, 4, 6, 3).
        """
        if isinstance(self.limit, str):
            return (1 + increase(self.limit)) * self.function(Scheme.empty(stages))
        return math.inf if self.limit is None else self.limit

    def admits(self, scheme: Scheme) -> bool:
        """Says whether a scheme keeps the limit.

        Args:
            scheme: The scheme to look at.
        """
        return self.limit is None or self.function(scheme) <= self.most(scheme.stages)


def unmeasured(asked: Iterable[str]) -> tuple[Cost, ...]:
    """Makes costs that are always 0, for where only the names of the parts of a reward matter."""
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
        plain: What the network without attention costs.
        blocks: What connecting each block adds to it, (blocks,).

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
        sparsity_weight: What leaving out all connections is worth, in units of the objective.
        costs: Further costs, each with its weight and its limit (`Cost`).
        max_connections: The most connected blocks; schemes with more are never proposed. None sets no limit.
        function: A function from a scheme and its metrics to the reward, in place of the whole sum; limits stay in
            force.

    Raises:
        ValueError: `max_connections` is below 0.

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
        """Says whether a scheme keeps all limits, that of the connections and those of the costs.

        Args:
            scheme: The scheme to look at.
        """
        if self.max_connections is not None and sum(scheme.bits) > self.max_connections:
            return False
        return all(cost.admits(scheme) for cost in self.costs)

    def known(self, scheme: Scheme) -> float:
        """Gives the part of the reward that is known without an evaluation: sparsity and costs, weighted.

        Args:
            scheme: The scheme to look at.
        """
        taken = sum(cost.weight * cost.function(scheme) for cost in self.costs)
        return self.sparsity_weight * (1 - scheme.density) - taken

    @property
    def names(self) -> tuple[str, ...]:
        """These are the names of the terms that `parts` gives, "objective" first and "reward" last."""
        return ("objective", "sparsity", *(cost.name for cost in self.costs), "reward")

    def parts(self, scheme: Scheme, metrics: Mapping[str, float], objective: str, direction: str) -> dict[str, float]:
        """Gives every term of the reward as measured, not weighted, and the reward itself under "reward".

        Args:
            scheme: The scheme that was scored.
            metrics: The metrics that were measured of it, by their names.
            objective: The name of the metric that is the objective.
            direction: Whether more of it is better, "max", or less, "min".
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
        """Gives the prices of each cost that adds up over blocks, by its name: of no attention, then of each block.

        A search keeps them, so that one that is resumed goes on with the latencies it began with.
        """
        functions = {cost.name: cost.function for cost in self.costs}
        return {name: [f.plain, *f.blocks] for name, f in functions.items() if isinstance(f, BlockPrices)}

    def at(self, prices: Mapping[str, Sequence[float]]) -> "Reward":
        """Makes the same reward with other prices.

        Args:
            prices: The prices of costs by their names, as `prices` gives them.
        """
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
        """Gives the weights, limits and the name of a function of your own, which a resumed search must have
        unchanged.
        """
        costs = {cost.name: [cost.weight, cost.limit] for cost in self.costs}
        name = None if self.function is None else getattr(self.function, "__qualname__", type(self.function).__name__)
        return {
            "sparsity_weight": self.sparsity_weight,
            "costs": costs,
            "max_connections": self.max_connections,
            "reward_function": name,
        }
