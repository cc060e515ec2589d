"""What nothing else beats on every count: fronts in any number of axes."""

import numpy as np


def ranks(values: np.ndarray) -> np.ndarray:
    """(n,): 0 for the Pareto front, 1 for the front without it, and so on.

    Args:
        values: (n, axes), all to be high.
    """
    at_least = np.all(values[:, None] >= values[None], axis=2)
    beats: np.ndarray = at_least & np.any(values[:, None] > values[None], axis=2)
    rank, left, level = np.zeros(len(values), int), np.ones(len(values), bool), 0
    while left.any():
        front = left & ~beats[left].any(axis=0)
        rank[front], level = level, level + 1
        left &= ~front
    return rank


def front(values: np.ndarray) -> list[int]:
    """Rows of the Pareto front, by the last axis from high to low; of equal rows the first.

    Args:
        values: (n, axes), all to be high; a cost is given with a minus.

    Example:
        >>> front(np.array([[0.9, -3.0], [0.8, -1.0], [0.7, -2.0], [0.8, -1.0]]))
        [1, 0]
    """
    found: dict[tuple[float, ...], int] = {}
    for row in np.flatnonzero(ranks(values) == 0).tolist():
        found.setdefault(tuple(values[row].tolist()), row)
    return sorted(found.values(), key=lambda row: -values[row, -1])
