"""Regularised evolution: tournament, crossover, mutation, and the oldest dies (Real et al., arXiv 1802.01548)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import check_least, register
from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.evaluation import Evaluation


@register("evolution")
class Evolution(Stratified):
    """Breeds schemes: each child has one or two good parents, is mutated, and replaces the oldest member (regularised
    evolution, arXiv 1802.01548).

    The first population is random, with all numbers of connections.

    Args:
        common, named: See `Searcher`.
        population: The number of schemes that are kept as possible parents.
        tournament: The number of random members, of which the fittest becomes a parent.
        crossover: The probability that a child has two parents, and takes each block from either.
        flips: The number of blocks that a mutation flips on average; it flips one at least.

    Example:
        >>> searcher = Evolution((2, 2), samples=2, seed=0, population=6, tournament=3)
        >>> for _ in range(8):
        ...     searcher.observe([Evaluation(one, reward=sum(one.bits)) for one in searcher.propose()])
        >>> searcher.best().scheme
        Scheme('11 11')
    """

    stateful = (*Stratified.stateful, "members")

    def __init__(
        self,
        *common: Any,
        population: int = 16,
        tournament: int = 5,
        crossover: float = 0.5,
        flips: float = 1.0,
        **named: Any,
    ):
        super().__init__(*common, **named)
        check_least(0, crossover=crossover, flips=flips)
        if not 1 <= tournament <= population:
            raise ValueError(f"A tournament takes 1 … {population} members of the population, not {tournament!r}.")
        self.population, self.tournament = population, tournament
        self.crossover, self.flips = crossover, flips
        self.members: list[Scheme] = []

    def propose(self) -> list[Scheme]:
        starting = len(self.members) < self.population
        return self.fresh(self.stratum if starting else self.child, self.samples)

    def observe(self, batch: Sequence[Evaluation]) -> None:
        super().observe(batch)
        self.members = [*self.members, *(evaluation.scheme for evaluation in batch)][-self.population :]

    def child(self) -> Scheme:
        bits = np.array(self.parent().bits)
        if self.random.random() < self.crossover:
            bits = np.where(self.random.random(self.blocks) < 0.5, bits, self.parent().bits)
        flipped = self.random.random(self.blocks) < self.flips / self.blocks
        flipped[self.random.integers(self.blocks)] ^= not flipped.any()
        return self.admitted(bits ^ flipped)

    def parent(self) -> Scheme:
        rivals = self.random.choice(len(self.members), self.tournament, replace=False)
        return max((self.members[rival] for rival in rivals), key=lambda scheme: self.history[scheme].reward)
