"""Greedy search: connect, or cut, the block that helps most, until none helps."""

from collections.abc import Callable, Sequence

from keras_ean.registry import unknown
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.evaluation import Bits, Evaluation

DIRECTIONS = ("forward", "backward")


class Greedy(Searcher):
    """Each batch is the current scheme with one more connection ("forward") or one less ("backward"), for every block.

    Args:
        stages, samples, seed, admits: see `Searcher`; a batch has as many schemes as there are blocks left.
        direction: "forward" from the empty scheme, or "backward" from the full one.

    Example:
        >>> searcher = Greedy((2, 2))
        >>> while batch := searcher.propose():
        ...     searcher.observe([Evaluation(bits, reward=bits[0] + bits[2] - bits[3]) for bits in batch])
        >>> searcher.best().text, searcher.converged
        ('1010', 'no block helps any more')
    """

    stateful = (*Searcher.stateful, "current", "stuck")

    def __init__(
        self,
        stages: Sequence[int],
        samples: int = 3,
        seed: int = 0,
        admits: Callable[[Scheme], bool] | None = None,
        direction: str = "forward",
    ):
        super().__init__(stages, samples, seed, admits)
        if direction not in DIRECTIONS:
            raise ValueError(unknown("direction", direction, DIRECTIONS))
        self.direction = direction
        self.current: Bits | None = None
        self.stuck = False

    def restore(self, state: dict) -> None:
        super().restore(state)
        self.current = None if self.current is None else tuple(self.current)

    def propose(self) -> list[Bits]:
        start = int(self.direction == "backward")
        if self.current is None:
            return [self.admitted([start] * self.blocks)]
        if self.stuck:
            return []
        places = [block for block, bit in enumerate(self.current) if bit == start]
        steps = [(*self.current[:block], 1 - start, *self.current[block + 1 :]) for block in places]
        return [bits for bits in steps if self.admits is None or self.admits(Scheme(bits, self.stages))]

    def observe(self, batch: Sequence[Evaluation]) -> None:
        super().observe(batch)
        best = max(batch, key=lambda evaluation: evaluation.reward)
        if self.current is None or best.reward > self.history[self.current].reward:
            self.current = best.bits
        else:
            self.stuck = True

    @property
    def converged(self) -> str | None:
        return "no block helps any more" if self.stuck else None
