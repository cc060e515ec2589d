"""NSGA-II: a Pareto front of quality against cost (Deb et al., IEEE Trans. Evol. Comput. 6(2), 2002)."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from keras_ean.registry import unknown
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.evolution import Evolution
from keras_ean.search.algorithms.searcher import Searcher, register
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.pareto import front, ranks


@register("nsga2")
class NSGA2(Evolution):
    """Keeps the schemes that trade several parts of the reward best against each other (NSGA-II, Deb et al., IEEE
    Trans. Evol. Comput. 6(2), 2002).

    It is an evolution in which the better of two schemes is the one on the better Pareto front, or in the emptier
    region of the same one.

    Args:
        common, named: See `Searcher`.
        population: The number of schemes that are kept as possible parents.
        crossover: The probability that a child has two parents, and takes each block from either.
        flips: The number of blocks that a mutation flips on average; it flips one at least.
        axes: The parts of the reward to trade off, by their names, with a leading "-" where less is better.

    Example:
        >>> searcher = NSGA2((2, 2), samples=4, seed=0, population=8)
        >>> for _ in range(4):
        ...     batch = searcher.propose()
        ...     parts = [{"objective": one.bits[0] + one.bits[1], "sparsity": 1 - one.density} for one in batch]
        ...     searcher.observe([Evaluation(one, 0.0, of_one) for one, of_one in zip(batch, parts)])
        >>> [evaluation.scheme for evaluation in searcher.front()]
        [Scheme('00 00'), Scheme('10 00'), Scheme('11 00')]
    """

    def __init__(
        self,
        *common: Any,
        population: int = 24,
        crossover: float = 0.9,
        flips: float = 1.0,
        axes: Sequence[str] = ("objective", "sparsity"),
        **named: Any,
    ):
        super().__init__(*common, population=population, tournament=2, crossover=crossover, flips=flips, **named)
        self.axes = tuple(axes)
        if isinstance(axes, str) or not self.axes or not all(isinstance(axis, str) for axis in self.axes):
            raise ValueError(f"axes are names of parts of the reward, as [objective, sparsity], not {axes!r}.")

    def check_parts(self, parts: Collection[str]) -> None:
        check_axes(self.axes, parts)

    def observe(self, batch: Sequence[Evaluation]) -> None:
        Searcher.observe(self, batch)
        everyone = list(dict.fromkeys([*self.members, *(evaluation.scheme for evaluation in batch)]))
        values = axis_values([self.history[scheme] for scheme in everyone], self.axes)
        order = np.lexsort((-crowding(values), ranks(values)))
        self.members = [everyone[member] for member in order[: self.population]]

    def parent(self) -> Scheme:
        # The members are in order of merit, so the better of two is the earlier one.
        return self.members[int(self.random.choice(len(self.members), 2, replace=False).min())]

    def front(self) -> list[Evaluation]:
        """The scored schemes that no other one beats on every axis, by the last axis from high to low."""
        return pareto_front(list(self.history.values()), self.axes)


def check_axes(axes: Sequence[str], parts: Collection[str]) -> None:
    """ValueError for an axis that is no part of the reward."""
    for axis in axes:
        if axis.removeprefix("-") not in parts:
            raise ValueError(unknown("part of the reward", axis.removeprefix("-"), parts))


def axis_values(evaluations: Sequence[Evaluation], axes: Sequence[str]) -> np.ndarray:
    """(evaluations, axes), all to be high.

    Raises:
        ValueError: An axis that is no part of the reward.
    """
    if evaluations:
        check_axes(axes, evaluations[0].parts)
    signs = [-1 if axis.startswith("-") else 1 for axis in axes]
    rows = [[evaluation.parts[axis.removeprefix("-")] for axis in axes] for evaluation in evaluations]
    return np.array(rows, "float64").reshape(-1, len(axes)) * signs


def pareto_front(evaluations: Sequence[Evaluation], axes: Sequence[str]) -> list[Evaluation]:
    """The evaluations that none beats on every axis, by the last axis from high to low; of equal ones the first."""
    whole = [evaluation for evaluation in evaluations if evaluation.share == 1]
    return [whole[row] for row in front(axis_values(whole, axes))]


def crowding(values: np.ndarray) -> np.ndarray:
    """(n,): side of the cuboid that a member has for itself on its front; infinite at the ends."""
    distance, rank = np.zeros(len(values)), ranks(values)
    for level in range(rank.max(initial=-1) + 1):
        members = np.flatnonzero(rank == level)
        for axis in range(values.shape[1]):
            order = members[np.argsort(values[members, axis], kind="stable")]
            column = values[order, axis]
            distance[order[[0, -1]]] = np.inf
            if column[-1] > column[0]:
                distance[order[1:-1]] += (column[2:] - column[:-2]) / (column[-1] - column[0])
    return distance
