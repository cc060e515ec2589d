"""Images that show the same thing, such as one digit under several lights, are not as many as they are: by how much."""

import numpy as np


def design_effect(values: np.ndarray, subjects: np.ndarray | None) -> float:
    """How many times larger the variance of a mean is than it were if every image showed something else.

    A mean varies with the things that are drawn, and its variance is that of the sums over each of them (Kish, Survey
    Sampling, 1965, chapter 5). It is taken for 1 at the least, since images of one thing are rather alike than
    opposite. Where all values are equal nothing tells how alike they are: then images of a thing count as one.

    Args:
        values: The value of each image, (images,).
        subjects: What each image shows, (images,), equal where it is the same; None takes each for something else.

    Example:
        >>> design_effect(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
        3.0
        >>> design_effect(np.array([1, 1, 0, 0]), None)
        1.0
    """
    if subjects is None:
        return 1.0
    known, number = np.unique(subjects, return_inverse=True)
    images, units = len(values), len(known)
    centred = values - values.mean()
    squares = float((centred**2).sum())
    if not squares or units == 1:
        return images / units
    together = float((np.bincount(number, centred) ** 2).sum())
    # Of units drawn from the few there are, and of images likewise.
    return max(1.0, together / squares * units / (units - 1) * (images - 1) / images)


def independent(values: np.ndarray, subjects: np.ndarray | None) -> float:
    """As many images, each of something else, would tell the mean as surely.

    Example:
        >>> round(independent(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1])), 2)
        1.33
    """
    return len(values) / design_effect(values, subjects)
