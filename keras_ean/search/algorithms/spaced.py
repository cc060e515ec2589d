"""The heuristic of evenly spaced connections, and nothing else."""

from collections.abc import Callable, Sequence

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.evaluation import Bits


def evenly_spaced(blocks: int, connections: int, offset: float = 0.5) -> Bits:
    """`connections` of `blocks` at equal distances, the first one at `offset` (0 … 1) of a distance.

    Example:
        >>> evenly_spaced(6, 2)
        (0, 1, 0, 0, 1, 0)
    """
    places = np.floor((np.arange(connections) + offset) * blocks / max(connections, 1)).astype(int)
    return tuple(int(block in places) for block in range(blocks))


class Spaced(Searcher):
    """For every number of connections the evenly spaced scheme, at several offsets; coarse ones first.

    Args:
        stages, samples, seed, admits: see `Searcher`.

    Example:
        >>> Spaced((3, 3), samples=2).propose()
        [(0, 0, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0)]
    """

    def __init__(
        self,
        stages: Sequence[int],
        samples: int = 3,
        seed: int = 0,
        admits: Callable[[Scheme], bool] | None = None,
    ):
        super().__init__(stages, samples, seed, admits)
        offsets = (0.5, 0.0, 0.25, 0.75)
        schemes = (
            evenly_spaced(self.blocks, number, offset) for offset in offsets for number in range(self.blocks + 1)
        )
        self.all = list(dict.fromkeys(bits for bits in schemes if admits is None or admits(Scheme(bits, self.stages))))

    def propose(self) -> list[Bits]:
        return [bits for bits in self.all if bits not in self.history][: self.samples]

    @property
    def converged(self) -> str | None:
        scored = all(bits in self.history for bits in self.all)
        return "all evenly spaced schemes scored" if scored else None
