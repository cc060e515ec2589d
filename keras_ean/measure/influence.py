"""What each image contributes to a figure of a whole set, such as an AUC: the jackknife."""

from collections.abc import Callable

import numpy as np


def influences(states: np.ndarray, result: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Values of the images, (images,), whose mean is the figure and whose spread tells how sure it is.

    Of a figure that is a mean over images they are its values. Of any other they are Tukey's pseudo-values, moved so
    that their mean is the figure: n θ − (n − 1) θ without the image (Tukey, Annals of Mathematical Statistics 29,
    1958; Miller, Biometrika 61, 1974). They say how much of a difference of two networks is noise of the images and how
    much of the seeds (`PairedScores`), while its interval is the bootstrap's (`keras_ean.measure.bootstrap`).

    Args:
        states: (images, size), what every image adds to the sums that the figure is a function of.
        result: (n, size) sums → (n,) figures.

    Example:
        >>> def ratio(sums):
        ...     return sums[:, 0] / sums[:, 1]
        >>> float(influences(np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 4.0]]), ratio).mean().round(6))
        0.75
    """
    total, images = states.sum(axis=0), len(states)
    [figure] = result(total[None])
    with np.errstate(divide="ignore", invalid="ignore"):  # One image may have no figure, such as an AUC.
        alone = result(states)
    if np.isfinite(alone).all() and abs(alone.mean() - figure) <= 1e-6 * max(1.0, abs(figure)):
        return alone
    without = result(total - states)
    pseudo = images * figure - (images - 1) * without
    return pseudo - pseudo.mean() + figure
