"""Random search, stratified by density: the yardstick of every other searcher."""

from typing import Any

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher, register


@register("random")
class Stratified(Searcher):
    """Searches at random: the schemes are distinct, and every number of connections comes up once before any comes up
    again.

    It is the yardstick of all other algorithms. Drawing each block with probability 1/2 would almost never show sparse
    and dense schemes.

    Args:
        common, named: See `Searcher`.

    Example:
        >>> sorted(sum(scheme.bits) for scheme in Stratified((2, 2), samples=5, seed=0).propose())
        [0, 1, 2, 3, 4]
    """

    stateful = (*Searcher.stateful, "strata")

    def __init__(self, *common: Any, **named: Any):
        super().__init__(*common, **named)
        self.strata: list[int] = []

    def propose(self) -> list[Scheme]:
        return self.fresh(self.stratum, self.samples)

    def stratum(self) -> Scheme:
        """A random scheme of the next number of connections."""
        if not self.strata:
            self.strata = [int(connections) for connections in self.random.permutation(self.blocks + 1)]
        bits = np.zeros(self.blocks, int)
        bits[self.random.permutation(self.blocks)[: self.strata.pop()]] = 1
        return self.admitted(bits)
