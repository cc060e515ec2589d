"""What a figure of a whole set, such as an AUC, would be of other images: the bootstrap."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

RESAMPLES = 1_000
"""How often images are drawn again: 25 of the figures lie outside of a 95 % interval on either side."""
TOGETHER = 50
"""Draws that are in memory at once."""


def resampled(
    states: np.ndarray, result: Callable[[np.ndarray], np.ndarray], resamples: int | None = None
) -> np.ndarray:
    """The figure of as many images drawn from these with replacement, so often, (resamples,).

    Sets of equally many images get the same draws, so that the figures of two networks are paired (Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993).

    Args:
        states: (images, size), what every image adds to the sums that the figure is a function of.
        result: (n, size) sums → (n,) figures.
        resamples: The number of resamples; None takes `RESAMPLES`.

    Example:
        >>> means = resampled(np.array([[1.0, 1.0], [3.0, 1.0]]), lambda sums: sums[:, 0] / sums[:, 1])
        >>> means.shape, sorted(set(means.tolist()))
        ((1000,), [1.0, 2.0, 3.0])
    """
    images, generator, figures = len(states), np.random.default_rng(0), []
    resamples = RESAMPLES if resamples is None else resamples
    for start in range(0, resamples, TOGETHER):
        draws = min(TOGETHER, resamples - start)
        rows = generator.integers(0, images, (draws, images)) + images * np.arange(draws)[:, None]
        counts = np.bincount(rows.reshape(-1), minlength=draws * images).reshape(draws, images)
        with np.errstate(divide="ignore", invalid="ignore"):  # A draw may have no figure, such as an AUC of one class.
            figures.append(result(counts @ states))
    return np.concatenate(figures)


def stacked(resampled: Mapping[str, Sequence[np.ndarray | None]]) -> dict[str, np.ndarray] | None:
    """What was resampled of several networks, by seed, as (seeds, resamples) by network; None if it was not of all."""
    known = {name: [figures for figures in own if figures is not None] for name, own in resampled.items()}
    if any(len(known[name]) < len(own) for name, own in resampled.items()):
        return None
    return {name: np.stack(own) for name, own in known.items()}


def bounds(figures: np.ndarray, images: int, confidence: float) -> tuple[float, float]:
    """The interval of a figure: percentiles of the resamples', a little further out than the confidence says.

    Draws from n images vary less than images do, by (n − 1) / n, and by the normal rather than Student's distribution;
    the percentiles make up for both (Hesterberg, The American Statistician 69, 2015, section 4.3.3).

    Args:
        figures: The figures of the resamples, (resamples,); those that are not finite are left out.
        images: The number of images that were drawn from, at least two.
        confidence: The confidence of the interval, between 0 and 1.
    """
    from scipy import special

    reach = math.sqrt(images / (images - 1)) * special.stdtrit(images - 1, 0.5 + confidence / 2)
    tail = float(special.ndtr(-reach))
    low, high = np.quantile(figures[np.isfinite(figures)], [tail, 1 - tail])
    return float(low), float(high)
