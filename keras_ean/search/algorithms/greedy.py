"""Greedy search: connect, or cut, the block that helps most, until none helps."""

from collections.abc import Sequence
from typing import Any

from keras_ean.registry import unknown
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher, register
from keras_ean.search.evaluation import Evaluation

DIRECTIONS = ("forward", "backward")


@register("greedy")
class Greedy(Searcher):
    """Connects, or cuts, the block that helps most, one after another, until none helps.

    Each batch is the current scheme with one more connection ("forward") or one less ("backward"), for every block
    left; so the number of schemes in a batch is not the one asked for.

    Args:
        common, named: See `Searcher`.
        direction: "forward" begins with the empty scheme and adds connections; "backward" begins with the full one and
            takes them away.

    Example:
        >>> searcher = Greedy((2, 2))
        >>> while batch := searcher.propose():
        ...     searcher.observe([Evaluation(one, one.bits[0] + one.bits[2] - one.bits[3]) for one in batch])
        >>> searcher.best().scheme, searcher.converged
        (Scheme('10 10'), 'no block helps any more')
    """

    stateful = (*Searcher.stateful, "current", "stuck")

    def __init__(
        self,
        *common: Any,
        direction: str = "forward",
        **named: Any,
    ):
        super().__init__(*common, **named)
        if direction not in DIRECTIONS:
            raise ValueError(unknown("direction", direction, DIRECTIONS))
        self.direction = direction
        self.current: Scheme | None = None
        self.stuck = False

    def propose(self) -> list[Scheme]:
        start = int(self.direction == "backward")
        if self.current is None:
            return [self.admitted([start] * self.blocks)]
        if self.stuck:
            return []
        steps = [self.current.flipped(block) for block, bit in enumerate(self.current.bits) if bit == start]
        return [scheme for scheme in steps if self.admits(scheme)]

    def observe(self, batch: Sequence[Evaluation]) -> None:
        super().observe(batch)
        best = max(batch, key=lambda evaluation: evaluation.reward)
        if self.current is None or best.reward > self.history[self.current].reward:
            self.current = best.scheme
        else:
            self.stuck = True

    @property
    def converged(self) -> str | None:
        return "no block helps any more" if self.stuck else None
