"""Intervals of shares, such as an accuracy, which never leave 0 … 1."""

import math


def share_interval(share: float, number: float, other: float = 0.0, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share, widened by noise other than that of drawing its cases.

    Noise of another kind counts as fewer cases: as many as would have the variance of both together. (Wilson, JASA 22,
    1927; Korn and Graubard's effective number of cases, Survey Methodology 24, 1998.)

    Args:
        share: The share that was seen; an estimate below 0 or above 1 is taken for 0 or 1.
        number: The number of cases, such as images, that it was seen in.
        other: Half the width of the interval that the other noise alone would give.
        confidence: The confidence of the interval, between 0 and 1.

    Example:
        >>> [round(end, 3) for end in share_interval(1.0, 100)]
        [0.963, 1.0]
    """
    from scipy.special import ndtri

    square, share = float(ndtri(0.5 + confidence / 2)) ** 2, min(1.0, max(0.0, share))
    # The variance of one case at a share that is a little nearer to the middle, so that it is never 0 (Agresti, Coull).
    middle = (share + square / (2 * number)) / (1 + square / number)
    # At an end the other noise is all on one side: it may move the share by its own width, not by more.
    case = max(middle * (1 - middle), min(other, 0.05))
    ratio = square / number + (other**2 / case if other else 0.0)
    centre = (share + ratio / 2) / (1 + ratio)
    half = math.sqrt(ratio * share * (1 - share) + ratio**2 / 4) / (1 + ratio)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
