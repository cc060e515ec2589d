"""Rank statistics of scores and accuracies, of one sample and of many resamples of it at once.

A resample is given by how often it holds each scheme: `counts`, (resamples, schemes).
"""

import math
from itertools import combinations

import numpy as np

MOST_SPLITS = 64
"""Ways to split the seeds in two that are looked at, at the most."""


def kendall(x: np.ndarray, y: np.ndarray) -> float:
    """Computes Kendall's tau-b of two arrays, −1 … 1: 1 if they are in the same order, 0 if one of them is constant.

    Args:
        x, y: The arrays to compare, (n,).

    Example:
        >>> kendall([1, 2, 3, 4], [1, 2, 4, 3])
        0.666...
    """
    return float(kendall_by_resample(signs(x), signs(y), np.ones((1, len(x))))[0])


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Computes Spearman's rank correlation of two (n,) arrays; it is 0 if one of them is constant."""
    return float(spearman_by_resample(signs(x), signs(y), np.ones((1, len(x))))[0])


def seed_agreement(accuracy: np.ndarray) -> float:
    """Gives Kendall's tau between the accuracies of two seeds, on average over pairs of seeds: what one training says
    of another.

    Args:
        accuracy: The accuracies of n schemes, (n, seeds).

    Raises:
        ValueError: There are fewer than two seeds.
    """
    return float(floor_by_resample(accuracy, 1, np.ones((1, len(accuracy))))[0])


def half_agreement(accuracy: np.ndarray) -> float:
    """Gives Kendall's tau between the mean accuracies of two disjoint halves of the seeds, on average over such halves.

    Args:
        accuracy: The accuracies of n schemes, (n, seeds).

    Raises:
        ValueError: There are fewer than two seeds.
    """
    return float(floor_by_resample(accuracy, np.shape(accuracy)[1] // 2, np.ones((1, len(accuracy))))[0])


def ceiling(accuracy: np.ndarray) -> float:
    """Estimates the tau that even the true accuracies would have with the means of measured ones: 2/π · arcsin
    √reliability, if both are normally distributed.

    The reliability is the share of the variance of the means that is due to the true accuracies, by analysis of
    variance.

    Args:
        accuracy: The measured accuracies of n schemes, (n, seeds).

    Raises:
        ValueError: There are fewer than two seeds.
    """
    accuracy = _seeds(accuracy)
    between = accuracy.mean(axis=1).var(ddof=1)
    noise = accuracy.var(axis=1, ddof=1).mean() / accuracy.shape[1]
    reliability = max(0.0, 1 - noise / between) if between > 0 else 0.0
    return float(2 / np.pi * np.arcsin(np.sqrt(reliability)))


def regret(scores: np.ndarray, accuracy: np.ndarray, k: int = 1) -> float:
    """How far the best of the k schemes of highest score lies below the best of all, in the unit of the accuracy.

    With several seeds, the best ones are picked by one half of the seeds and compared by the other half, over all
    splits: the highest of noisy means is partly luck, and would be lacked by every choice. Negative by noise alone.

    Args:
        scores: The score of each scheme, (n,).
        accuracy: The accuracies of each scheme, (n,) or (n, seeds).
        k: The number of schemes of highest score.
    """
    return float(regret_by_resample(np.asarray(scores, "float64"), accuracy, k, np.ones((1, len(scores))))[0])


def signs(values: np.ndarray) -> np.ndarray:
    """(n, n): sign of every difference."""
    values = np.asarray(values, "float64")
    return np.sign(values[:, None] - values[None])


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 1e-12)


def kendall_by_resample(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Tau-b of every resample: (r,), from signs (n, n) and how often each resample holds each scheme (r, n)."""
    both, own, other = (((counts @ table) * counts).sum(axis=1) for table in (x * y, x * x, y * y))
    return _ratio(both, np.sqrt(own * other))


def spearman_by_resample(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    # A rank is, but for a constant, half the sum of the signs against all others.
    first, second = counts @ x.T, counts @ y.T
    both, own, other = ((counts * table).sum(axis=1) for table in (first * second, first**2, second**2))
    return _ratio(both, np.sqrt(own * other))


def _seeds(accuracy: np.ndarray) -> np.ndarray:
    accuracy = np.asarray(accuracy, "float64")
    if accuracy.ndim != 2 or accuracy.shape[1] < 2:
        raise ValueError(
            "How far trainings agree with each other needs accuracies (n, seeds) of two seeds or more, not "
            f"{accuracy.shape}."
        )
    return accuracy


def _splits(seeds: int, size: int) -> list[tuple[list[int], list[int]]]:
    """Disjoint groups of `size` seeds: all pairs of them, or so many at random."""
    if math.comb(seeds, size) > 4 * MOST_SPLITS:
        random = np.random.default_rng(0)
        orders = [random.permutation(seeds).tolist() for _ in range(MOST_SPLITS)]
        return [(order[:size], order[size : 2 * size]) for order in orders]
    groups = []
    for first in combinations(range(seeds), size):
        rest = [seed for seed in range(first[0] + 1, seeds) if seed not in first]
        groups += [(list(first), list(second)) for second in combinations(rest, size)]
    return groups


def floor_by_resample(accuracy: np.ndarray, size: int, counts: np.ndarray) -> np.ndarray:
    accuracy = _seeds(accuracy)
    taus = [
        kendall_by_resample(signs(accuracy[:, first].mean(axis=1)), signs(accuracy[:, second].mean(axis=1)), counts)
        for first, second in _splits(accuracy.shape[1], size)
    ]
    return np.mean(taus, axis=0)


def regret_by_resample(scores: np.ndarray, accuracy: np.ndarray, k: int | None, counts: np.ndarray) -> np.ndarray:
    """Regret of the top k of every resample, or of a random scheme: (r,)."""
    accuracy = np.asarray(accuracy, "float64").reshape(len(scores), -1)
    present = counts > 0
    chosen = present
    if k is not None:
        order = np.argsort(-scores, kind="stable")
        first = np.cumsum(present[:, order], axis=1) <= k
        chosen = present & first[:, np.argsort(order)]
    seeds = accuracy.shape[1]
    splits = [([0], [0])] if seeds == 1 else [pair for a, b in _splits(seeds, seeds // 2) for pair in ((a, b), (b, a))]
    lacks = []
    for picking, judging in splits:
        pick, judge = accuracy[:, picking].mean(axis=1), accuracy[:, judging].mean(axis=1)
        best = judge[np.where(present, pick, -np.inf).argmax(axis=1)]
        if k is None:
            own = (counts @ judge) / counts.sum(axis=1)
        else:
            own = judge[np.where(chosen, pick, -np.inf).argmax(axis=1)]
        lacks.append(best - own)
    return np.mean(lacks, axis=0)
