"""The heuristic of evenly spaced connections, and nothing else."""

from typing import Any

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher, register


def evenly_spaced(blocks: int, connections: int, offset: float = 0.5) -> tuple[int, ...]:
    """`connections` of `blocks` at equal distances, the first one at `offset` (0 … 1) of a distance.

    Example:
        >>> evenly_spaced(6, 2)
        (0, 1, 0, 0, 1, 0)
    """
    places = np.floor((np.arange(connections) + offset) * blocks / max(connections, 1)).astype(int)
    return tuple(int(block in places) for block in range(blocks))


@register("spaced")
class Spaced(Searcher):
    """Proposes the evenly spaced scheme for every number of connections, at several offsets; coarse ones first.

    Args:
        common, named: See `Searcher`.

    Example:
        >>> Spaced((3, 3), samples=2).propose()
        [Scheme('000 000'), Scheme('000 100')]
    """

    def __init__(self, *common: Any, **named: Any):
        super().__init__(*common, **named)
        offsets = (0.5, 0.0, 0.25, 0.75)
        numbers = range(self.blocks + 1)
        schemes = (self.scheme(evenly_spaced(self.blocks, n, offset)) for offset in offsets for n in numbers)
        self.all = list(dict.fromkeys(scheme for scheme in schemes if self.admits(scheme)))

    def propose(self) -> list[Scheme]:
        return [scheme for scheme in self.all if scheme not in self.history][: self.samples]

    @property
    def converged(self) -> str | None:
        scored = all(scheme in self.history for scheme in self.all)
        return "all evenly spaced schemes scored" if scored else None
