"""Screening: the effects of all blocks at once from balanced designs (Plackett and Burman, Biometrika 33(4), 1946)."""

import math
from itertools import count
from typing import Any

import numpy as np

from keras_ean.measure.effects import Effects, effects
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher, register
from keras_ean.search.evaluation import bits_of


@register("screening")
class Screening(Searcher):
    """Estimates the effects of all blocks at once from balanced designs of schemes (Plackett and Burman, Biometrika
    33(4), 1946), and from the second design on also scores the schemes that the effects speak for, the contenders.

    A design is a Hadamard matrix with every row's complement: each block is on and off equally often, also among the
    schemes that have any other block on or off. So its effect has the least variance that so many schemes allow, and
    interactions of two blocks do not bias it (resolution IV). The first design has the full and the empty scheme;
    every further one puts the blocks on other columns, so that interactions come apart as well.

    A contender connects each block with the probability that it is worth its price: those that surely are always,
    undecided ones sometimes. When all blocks are decided, the scheme named by them and all that differ from it in one
    block are scored, and the search ends unless that makes a block undecided again.

    Args:
        common, named: See `Searcher`.
        contenders: The share of contenders, 0 … 1, among the schemes after the first design.
        confidence: The confidence, 0 … 1, at which all blocks together count as decided.

    Example:
        >>> from keras_ean.search.evaluation import Evaluation
        >>> searcher = Screening((3, 3), samples=4, seed=0)
        >>> while not searcher.converged:
        ...     batch = searcher.propose()
        ...     searcher.observe([Evaluation(one, 2.0 * one.bits[0] + one.bits[5] - one.density) for one in batch])
        >>> searcher.converged, len(searcher.history)
        ('every block is decided: 100 001', 21)
    """

    stateful = (*Searcher.stateful, "queue", "designs")

    def __init__(
        self,
        *common: Any,
        contenders: float = 0.5,
        confidence: float = 0.99,
        **named: Any,
    ):
        super().__init__(*common, **named)
        for name, share in (("contenders", contenders), ("confidence", confidence)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is between 0 and 1, not {share!r}.")
        self.contenders, self.confidence = contenders, confidence
        self.queue: list[list[int]] = []
        self.designs = 0

    def propose(self) -> list[Scheme]:
        if self.designs == 0 or (self.designs == 1 and self.queue):
            return self.fresh(self.designed, self.samples)
        found = self.effects()
        if not found.undecided and (unscored := self.unverified(found)):
            return unscored[: self.samples]

        def draw() -> Scheme:
            if self.random.random() >= self.contenders:
                return self.designed()
            return self.kept(self.scheme(self.random.random(self.blocks) < found.probabilities), found)

        return self.fresh(draw, self.samples)

    def designed(self) -> Scheme:
        """The next scheme of the design, or the first one of a new design."""
        if not self.queue:
            self.queue = foldover(self.blocks, self.random, signs=self.designs > 0)
            self.designs += 1
        return self.admitted(self.queue.pop(0))

    def effects(self) -> Effects:
        """The blocks' effects on the reward, so that prices are in them; the intervals hold for all blocks together."""
        rewards = np.array([evaluation.reward for evaluation in self.history.values()])
        each = 1 - (1 - self.confidence) / self.blocks
        return effects(bits_of(self.history), rewards, self.stages, confidence=each)

    def kept(self, scheme: Scheme, found: Effects) -> Scheme:
        """The scheme, less the connections of least effect until it keeps the limits."""
        for block in np.argsort([block.effect for block in found.blocks], kind="stable"):
            if self.admits(scheme):
                break
            scheme = scheme.flipped(block) if scheme.bits[block] else scheme
        return scheme

    def unverified(self, found: Effects) -> list[Scheme]:
        """The scheme named by the effects, and those one block from it, as far as they were not scored."""
        named = self.kept(found.scheme, found)
        near = [scheme for scheme in map(named.flipped, range(self.blocks)) if self.admits(scheme)]
        return [scheme for scheme in (named, *near) if scheme not in self.history]

    @property
    def converged(self) -> str | None:
        if self.designs == 0 or (self.designs == 1 and self.queue):
            return None
        found = self.effects()
        if found.undecided or self.unverified(found):
            return None
        return f"every block is decided: {found.scheme}"

    def summary(self) -> dict[str, float]:
        return {"undecided": float(len(self.effects().undecided))}

    def probabilities(self) -> np.ndarray | None:
        return np.array(self.effects().probabilities) if self.history else None


def foldover(blocks: int, random: np.random.Generator, signs: bool = True) -> list[list[int]]:
    """Bits of an orthogonal design, every scheme followed by its complement, in random order.

    Args:
        blocks: The number of blocks, which are put on random columns of the Hadamard matrix.
        random: The generator to draw from.
        signs: Turn random columns round; without, the full and the empty scheme come first.
    """
    design = hadamard(blocks + 1)[:, 1:]
    rows = design[:, random.permutation(design.shape[1])[:blocks]]
    order = random.permutation(len(rows))
    if signs:
        rows = rows * random.choice([-1, 1], blocks)
    else:
        order = np.array([0, *order[order > 0]])
    return [((1 + side * rows[row]) // 2).tolist() for row in order for side in (1, -1)]


def hadamard(least: int) -> np.ndarray:
    """(n, n) of ±1 with orthogonal columns, first row and column all 1, n ≥ `least`, by Paley's first construction and
    by doubling; n is the next multiple of 4 below 28, and at most 8 more up to 100.

    Example:
        >>> [len(hadamard(blocks + 1)) for blocks in (3, 8, 9, 16, 54)]
        [4, 12, 12, 20, 60]
    """
    for size in count(least):
        start, doublings = size, 0
        while start % 2 == 0 and not _paley_order(start):
            start, doublings = start // 2, doublings + 1
        if start == 1 or _paley_order(start):
            break
    matrix = _paley(start - 1)
    for _ in range(doublings):
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _paley(prime: int) -> np.ndarray:
    """(prime + 1, prime + 1); of 0 it is (1, 1)."""
    numbers = np.arange(prime)
    character = np.where(np.isin(numbers, numbers[1:] ** 2 % prime), 1, -1) * (numbers > 0)
    skew = character[(numbers - numbers[:, None]) % prime]
    edge = np.ones((1, prime), int)
    matrix = np.block([[np.ones((1, 1), int), edge], [-edge.T, skew + np.eye(prime, dtype=int)]])
    return matrix * matrix[:, :1]


def _paley_order(size: int) -> bool:
    return size % 4 == 0 and all((size - 1) % factor for factor in range(2, math.isqrt(size - 1) + 1))
