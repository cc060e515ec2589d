"""Whether a search is settled: whether another scheme can still be better than the named one by enough to matter."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import COUNTED, Searcher
from keras_ean.search.evaluation import Evaluation, bits_of
from keras_ean.search.outcome.differences import differences
from keras_ean.search.outcome.estimate import Estimate
from keras_ean.search.reward import Reward

Z = 2.0
"""Standard deviations that are added to what a scheme is expected to gain."""
LEAST, GROWTH = 20, 10
"""Evaluations before the first look, and looks while their number grows e-fold."""
STARTS = 6
"""Scored schemes from which climbs start, and as many random ones, where there are too many schemes to look at each."""


class Rival(NamedTuple):
    """Tells which scheme may still be the furthest ahead of the one that would be named now.

    Attributes:
        named: The scheme that would be named now.
        scheme: The scheme that may be better.
        gain: The most by which its reward may be higher: what is expected, and two standard deviations; 0 if no scheme
            may be better.
    """

    named: Scheme
    scheme: Scheme
    gain: float


def strongest_rival(
    evaluations: Sequence[Evaluation],
    reward: Reward | None = None,
) -> Rival:
    """Finds the scheme that may still be the furthest ahead of the one that would be named now, scored or not.

    The regression that names a scheme (`Estimate`) also says how far the rewards of any two schemes may be apart: their
    difference has a mean and a standard deviation, much smaller than that of either where they share blocks. Up to 12
    blocks every scheme is looked at; with more, the highest bound is climbed to from several schemes, block by block,
    so that limits of what is admitted may keep it from being found.

    Args:
        evaluations: The evaluations in the order of scoring.
        reward: The reward that is maximised, whose limits a scheme must keep; None if nothing of it is known
            beforehand.

    Raises:
        ValueError: No scheme was scored on the whole validation set.
    """
    estimate = Estimate(evaluations, reward=reward)
    named = estimate.schemes[estimate.best()[0]]
    own, known = np.array(named.bits), estimate.known(named)

    def bounds(bits: np.ndarray) -> np.ndarray:
        mean, deviation = estimate.model.ahead(bits, own)
        schemes = [Scheme.unchecked(tuple(row), named.stages) for row in bits.tolist()]
        gains = mean + Z * deviation + [estimate.known(scheme) - known for scheme in schemes]
        return np.where([reward is None or reward.admits(scheme) for scheme in schemes], gains, -np.inf)

    if len(named) <= COUNTED:
        bits = bits_of(Scheme.every(named.stages))
        gains = bounds(bits)
    else:
        bits = np.array([climbed(bits, bounds) for bits in starts(estimate)])
        gains = bounds(bits)
    first = int(gains.argmax())
    return Rival(named, Scheme.unchecked(tuple(bits[first].tolist()), named.stages), max(0.0, float(gains[first])))


def settled(
    evaluations: Sequence[Evaluation], before: int, tolerance: float, reward: Reward | None = None
) -> str | None:
    """Says why a search may end: no scheme can be better than the named one by more than what matters.

    What matters is the tolerance, and at least the standard error of the difference of two schemes, where it is known
    (`keras_ean.search.answers`): what the images cannot tell apart is not worth a score. A look costs as much as a few
    proposals, so that there is one whenever the number of evaluations has grown by a tenth, from 20 and twice the
    number of blocks on.

    Args:
        evaluations: The evaluations in the order of scoring.
        before: The number of them before the last batch.
        tolerance: By how much a reward must be higher to matter.
        reward: The reward that is maximised; None if nothing of it is known beforehand.
    """
    count = len(evaluations)
    if not any(one.share == 1 for one in evaluations) or count < max(LEAST, 2 * len(evaluations[0].scheme)):
        return None
    if before and math.floor(GROWTH * math.log(before)) == math.floor(GROWTH * math.log(count)):
        return None
    rival = strongest_rival(evaluations, reward)
    matters = max(tolerance, noise(evaluations, rival.named) if _of_accuracy(reward) else 0.0)
    if rival.gain > matters:
        return None
    return f"after {count} schemes none can be better than {rival.named} by more than {matters:.2g}"


def noise(evaluations: Sequence[Evaluation], named: Scheme) -> float:
    """The median of the standard errors of the differences from the named scheme; 0 where they are not known."""
    errors = [found.error for scheme, found in differences(evaluations, named).items() if scheme != named]
    return float(np.median(errors)) if errors else 0.0


def _of_accuracy(reward: Reward | None) -> bool:
    """Whether a difference of accuracies is one of rewards."""
    return reward is None or reward.function is None


def starts(estimate: Estimate) -> list[np.ndarray]:
    """The schemes of the highest expected rewards, and random ones, which keep the limits."""
    best = [estimate.schemes[index] for index in estimate.best(STARTS)]
    admits = None if estimate.reward is None else estimate.reward.admits
    searcher = Searcher(estimate.stages, seed=len(estimate.schemes), admits=admits)
    return [np.array(one.bits) for one in (*best, *(searcher.draw(0.5) for _ in range(STARTS)))]


def climbed(bits: np.ndarray, value: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The scheme at which no change of one block makes the value higher."""
    while True:
        neighbours = np.vstack([bits, bits ^ np.eye(len(bits), dtype=int)])
        values = value(neighbours)
        move = int(np.argmax(values))
        if not values[move] > values[0] + 1e-12:
            return bits
        bits = neighbours[move]
