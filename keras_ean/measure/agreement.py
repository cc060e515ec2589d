"""Whether scores order schemes as trainings from scratch do: figures with intervals, and a verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from keras_ean.measure.ranks import (
    ceiling,
    floor_by_resample,
    kendall_by_resample,
    regret_by_resample,
    signs,
    spearman_by_resample,
)


@dataclass(frozen=True)
class Estimate:
    """Holds a statistic, `value`, with its bootstrap interval over schemes, from `low` to `high`.

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
    """Tells how well scores order schemes, next to what density alone and other trainings do.

    Attributes:
        schemes, seeds: The number of schemes that were trained from scratch, and the number of trainings of each.
        kendall, spearman: Kendall's tau and Spearman's rank correlation, −1 … 1, of the scores with the mean
            accuracies.
        density: Kendall's tau of the number of connected blocks with the mean accuracies: what a search without scores
            could know.
        gain: The tau of the scores less that of the number of connected blocks, whose sign is turned if it is negative,
            since a rival would know the direction.
        seed_floor: The mean tau between two seeds: what one training says of another; None with one seed.
        half_floor: The mean tau between the mean accuracies of two halves of the seeds; None with one seed.
        ceiling: The tau that the true accuracies would reach with the measured means, if both were normally
            distributed; None with one seed.
        regrets: By k, how far the best of the k schemes of highest score lies below the best scheme of all, in the unit
            of the accuracies.
        random_regret: How far a scheme drawn at random lies below the best one on average, in the same unit.
        confidence: The confidence of the intervals, 0 … 1.
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
        """This is what the figures allow to say of the scores, in a sentence or two."""
        return verdict(self)


ESTIMATES = ("kendall", "spearman", "density", "gain", "seed_floor", "half_floor", "random_regret")
"""Figures of an agreement that have an interval."""


def read_agreement(facts: Mapping[str, Any]) -> Agreement:
    """The agreement that `dataclasses.asdict` turned into plain values, after a way through JSON."""
    known: dict[str, Any] = {
        name: Estimate(**value) if name in ESTIMATES and value else value for name, value in facts.items()
    }
    known["regrets"] = {int(k): Estimate(**value) for k, value in facts["regrets"].items()}
    return Agreement(**known)


def agreement(
    bits: np.ndarray,
    scores: np.ndarray,
    accuracy: np.ndarray,
    top: tuple[int, ...] = (1, 3),
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Agreement:
    """Compares scores with the accuracies of the same schemes trained from scratch, and tells whether both order the
    schemes alike.

    Args:
        bits: The schemes, (n, blocks) of 0 and 1.
        scores: The score of each scheme, (n,), the higher the better.
        accuracy: The accuracies of the schemes after training from scratch, (n,) or (n, seeds).
        top: The numbers k of schemes of highest score for which the regret is given.
        resamples: The number of times that schemes are drawn again, with replacement, for the intervals; all statistics
            see the same draws.
        confidence: The confidence of the intervals, 0 … 1.
        seed: The seed of these draws.

    Raises:
        ValueError: The shapes do not fit each other, or there are fewer than three schemes.

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
        raise ValueError(f"Three schemes or more are needed to compare their order, not {len(scores)}.")
    accuracy = accuracy.reshape(len(scores), -1)
    seeds = accuracy.shape[1]
    score, true, dense = signs(scores), signs(accuracy.mean(axis=1)), signs(bits.sum(axis=1))
    direction = 1.0 if kendall_by_resample(dense, true, np.ones((1, len(scores))))[0] >= 0 else -1.0

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
        kendall=estimate(lambda w: kendall_by_resample(score, true, w)),
        spearman=estimate(lambda w: spearman_by_resample(score, true, w)),
        density=estimate(lambda w: kendall_by_resample(dense, true, w)),
        gain=estimate(lambda w: kendall_by_resample(score, true, w) - direction * kendall_by_resample(dense, true, w)),
        seed_floor=estimate(lambda w: floor_by_resample(accuracy, 1, w)) if several else None,
        half_floor=estimate(lambda w: floor_by_resample(accuracy, seeds // 2, w)) if several else None,
        ceiling=ceiling(accuracy) if several else None,
        regrets={k: estimate(partial(regret_by_resample, scores, accuracy, k)) for k in top},
        random_regret=estimate(lambda w: regret_by_resample(scores, accuracy, None, w)),
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
            f"halves of the seeds), so no score could be seen to do so ({tau}). Train more seeds or more schemes."
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
