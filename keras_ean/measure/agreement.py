"""Whether scores order schemes as trainings from scratch do: rank statistics, the noise floor, and a verdict."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

MOST_SPLITS = 64


@dataclass(frozen=True)
class Estimate:
    """A statistic with its bootstrap interval over schemes.

    Example:
        >>> str(Estimate(0.512, 0.2, 0.75))
        '+0.51 [+0.20, +0.75]'
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"


@dataclass(frozen=True)
class Agreement:
    """How well scores order schemes.

    Attributes:
        schemes, seeds: trained from scratch.
        kendall, spearman: of the scores with the mean accuracy.
        density: Kendall's tau of the number of connections with the mean accuracy.
        gain: tau of the scores less that of density, signed so that density is a rival that knows its direction.
        seed_floor: mean tau between two seeds; None with one seed.
        half_floor: mean tau between the means of two halves of the seeds; None with one seed.
        ceiling: tau that the true accuracies would reach with the means, if both were normal; None with one seed.
        regrets: per k, what the best of the k schemes of highest score lacks to the best one, in the accuracy's unit.
        random_regret: what a scheme at random lacks.
        confidence: of the intervals.
    """

    schemes: int
    seeds: int
    kendall: Estimate
    spearman: Estimate
    density: Estimate
    gain: Estimate
    seed_floor: Estimate | None
    half_floor: Estimate | None
    ceiling: float | None
    regrets: dict[int, Estimate]
    random_regret: Estimate
    confidence: float

    @property
    def verdict(self) -> str:
        return verdict(self)


def kendall(x: np.ndarray, y: np.ndarray) -> float:
    """Kendall's tau-b of two (n,) arrays; 0 if one of them is constant.

    Example:
        >>> kendall([1, 2, 3, 4], [1, 2, 4, 3])
        0.666...
    """
    return float(_kendall(_signs(x), _signs(y), np.ones((1, len(x))))[0])


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation of two (n,) arrays; 0 if one of them is constant."""
    return float(_spearman(_signs(x), _signs(y), np.ones((1, len(x))))[0])


def seed_agreement(accuracy: np.ndarray) -> float:
    """Mean tau between two columns of (n, seeds) accuracies: what one training says of another.

    Raises:
        ValueError: fewer than two seeds.
    """
    return float(_floor(accuracy, 1, np.ones((1, len(accuracy))))[0])


def half_agreement(accuracy: np.ndarray) -> float:
    """Mean tau between the means of two disjoint halves of the seeds of (n, seeds) accuracies.

    Raises:
        ValueError: fewer than two seeds.
    """
    return float(_floor(accuracy, np.shape(accuracy)[1] // 2, np.ones((1, len(accuracy))))[0])


def ceiling(accuracy: np.ndarray) -> float:
    """Tau between true accuracies and the means of (n, seeds) measured ones, were both normal: 2/π arcsin √reliability.

    The reliability is the true variance's share of that of the means, by analysis of variance.

    Raises:
        ValueError: fewer than two seeds.
    """
    accuracy = _seeds(accuracy)
    between = accuracy.mean(axis=1).var(ddof=1)
    noise = accuracy.var(axis=1, ddof=1).mean() / accuracy.shape[1]
    reliability = max(0.0, 1 - noise / between) if between > 0 else 0.0
    return float(2 / np.pi * np.arcsin(np.sqrt(reliability)))


def regret(scores: np.ndarray, accuracy: np.ndarray, k: int = 1) -> float:
    """What the best of the k schemes of highest score lacks to the best of all.

    With several seeds, the best ones are picked by one half of the seeds and compared by the other half, over all
    splits: the highest of noisy means is partly luck, and would be lacked by every choice. Negative by noise alone.

    Args:
        scores: (n,).
        accuracy: (n,) or (n, seeds).
        k: schemes of highest score.
    """
    return float(_regret(np.asarray(scores, "float64"), accuracy, k, np.ones((1, len(scores))))[0])


def agreement(
    bits: np.ndarray,
    scores: np.ndarray,
    accuracy: np.ndarray,
    top: tuple[int, ...] = (1, 3),
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Agreement:
    """Compares scores with accuracies of the same schemes trained from scratch.

    Args:
        bits: (n, blocks) of 0 and 1.
        scores: (n,), higher is better.
        accuracy: (n,) or (n, seeds).
        top: k of the regrets.
        resamples: of the schemes, for the percentile intervals; all statistics see the same ones.
        confidence: of the intervals.
        seed: of the resamples.

    Raises:
        ValueError: shapes that do not fit, or fewer than three schemes.

    Example:
        >>> bits = np.random.default_rng(0).integers(0, 2, (30, 8))
        >>> true = bits @ [3.0, 2, 1, 0, 0, -1, -2, -3]
        >>> accuracy = true[:, None] + np.random.default_rng(1).normal(size=(30, 2))
        >>> agreement(bits, true, accuracy).verdict.split(":")[0]
        'The scores order schemes better than density alone'
    """
    bits, scores, accuracy = np.asarray(bits), np.asarray(scores, "float64"), np.asarray(accuracy, "float64")
    if bits.ndim != 2 or scores.shape != bits.shape[:1] or accuracy.shape[:1] != scores.shape or accuracy.ndim > 2:
        raise ValueError(
            "agreement takes bits (n, blocks), scores (n,) and accuracy (n,) or (n, seeds), "
            f"not {bits.shape}, {scores.shape} and {accuracy.shape}."
        )
    if len(scores) < 3:
        raise ValueError(f"An order needs three schemes or more, not {len(scores)}.")
    accuracy = accuracy.reshape(len(scores), -1)
    seeds = accuracy.shape[1]
    score, true, dense = _signs(scores), _signs(accuracy.mean(axis=1)), _signs(bits.sum(axis=1))
    direction = 1.0 if _kendall(dense, true, np.ones((1, len(scores))))[0] >= 0 else -1.0

    counts = np.random.default_rng(seed).multinomial(len(scores), [1 / len(scores)] * len(scores), size=resamples)
    counts = np.concatenate([np.ones((1, len(scores))), counts])

    def estimate(statistic: Callable[[np.ndarray], np.ndarray]) -> Estimate:
        value, *resampled = statistic(counts)
        low, high = np.quantile(resampled, [0.5 - confidence / 2, 0.5 + confidence / 2])
        return Estimate(float(value), float(low), float(high))

    several = seeds > 1
    return Agreement(
        schemes=len(scores),
        seeds=seeds,
        kendall=estimate(lambda w: _kendall(score, true, w)),
        spearman=estimate(lambda w: _spearman(score, true, w)),
        density=estimate(lambda w: _kendall(dense, true, w)),
        gain=estimate(lambda w: _kendall(score, true, w) - direction * _kendall(dense, true, w)),
        seed_floor=estimate(lambda w: _floor(accuracy, 1, w)) if several else None,
        half_floor=estimate(lambda w: _floor(accuracy, seeds // 2, w)) if several else None,
        ceiling=ceiling(accuracy) if several else None,
        regrets={k: estimate(partial(_regret, scores, accuracy, k)) for k in top},
        random_regret=estimate(lambda w: _regret(scores, accuracy, None, w)),
        confidence=confidence,
    )


def verdict(found: Agreement) -> str:
    """What the figures allow to say of the scores."""
    tau, density, floor = f"tau {found.kendall}", f"tau of density alone {found.density}", found.half_floor
    if found.kendall.low > 0 or found.kendall.high < 0:
        words = _order(found, tau, density)
        if floor is not None and floor.low <= 0:
            words += f" A lead only: the trainings scarcely agree with each other (tau {floor})."
        return words
    if floor is None:
        return f"No verdict: one seed a scheme leaves the noise floor unknown ({tau}). Train two seeds or more."
    if floor.low <= 0:
        return (
            f"No verdict: noise floor. Trainings of the same schemes do not order them alike (tau {floor} between "
            f"halves of the seeds), so no score could be seen to ({tau}). Train more seeds or more schemes."
        )
    if found.gain.high < 0:
        return f"The scores order schemes worse than density alone: {tau}, {density}."
    return (
        f"The scores are not seen to order schemes: {tau}, although the trainings do agree with each other "
        f"(tau {floor} between halves of the seeds); {density}."
    )


def _order(found: Agreement, tau: str, density: str) -> str:
    """Of scores whose tau is not 0."""
    if found.kendall.high < 0:
        return f"The scores order schemes the wrong way round: {tau}. Do not search with them."
    if found.gain.low > 0:
        return f"The scores order schemes better than density alone: {tau}, {density}."
    if found.gain.value > 0:
        return (
            f"The scores order schemes ({tau}), but whether better than density alone these trainings do not tell: "
            f"{density}, gain {found.gain}."
        )
    return f"The scores order schemes no better than density alone: {tau}, {density}."


def _signs(values: np.ndarray) -> np.ndarray:
    """(n, n): sign of every difference."""
    values = np.asarray(values, "float64")
    return np.sign(values[:, None] - values[None])


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 1e-12)


def _kendall(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Tau-b of every resample: (r,), from signs (n, n) and how often each resample holds each scheme (r, n)."""
    both, own, other = (((counts @ table) * counts).sum(axis=1) for table in (x * y, x * x, y * y))
    return _ratio(both, np.sqrt(own * other))


def _spearman(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    # A rank is, but for a constant, half the sum of the signs against all others.
    first, second = counts @ x.T, counts @ y.T
    both, own, other = ((counts * table).sum(axis=1) for table in (first * second, first**2, second**2))
    return _ratio(both, np.sqrt(own * other))


def _seeds(accuracy: np.ndarray) -> np.ndarray:
    accuracy = np.asarray(accuracy, "float64")
    if accuracy.ndim != 2 or accuracy.shape[1] < 2:
        raise ValueError(f"The noise floor needs accuracies (n, seeds) with two seeds or more, not {accuracy.shape}.")
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


def _floor(accuracy: np.ndarray, size: int, counts: np.ndarray) -> np.ndarray:
    accuracy = _seeds(accuracy)
    taus = [
        _kendall(_signs(accuracy[:, first].mean(axis=1)), _signs(accuracy[:, second].mean(axis=1)), counts)
        for first, second in _splits(accuracy.shape[1], size)
    ]
    return np.mean(taus, axis=0)


def _regret(scores: np.ndarray, accuracy: np.ndarray, k: int | None, counts: np.ndarray) -> np.ndarray:
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
