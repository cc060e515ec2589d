"""Main effects of the blocks from scores that are known image by image, whose errors hold the noise of the images."""

import numpy as np

from keras_ean.measure.effects import Effect, estimated
from keras_ean.measure.least_squares import least_squares
from keras_ean.measure.paired import right_or_wrong


def effects_by_image(
    bits: np.ndarray, values: np.ndarray, price: float = 0.0, confidence: float = 0.95
) -> list[Effect]:
    """Estimates what connecting each block adds to the mean over images, averaged over the settings of all others.

    A block's effect is a sum of scores, and so the mean over images of its effects on each: how these spread is the
    error for other images of the same kind, what the schemes have in common left out. It is added to the error for
    other schemes, which is what main effects leave unexplained; where all 2^m schemes are there, no others are left to
    differ. Degrees of freedom are those of a sum of two variances (Welch and Satterthwaite).

    Args:
        bits: Different schemes, (schemes, blocks) of 0 and 1. A block that is the same in all, or varied only together
            with others, has no estimate: its effect is 0 with an infinite error.
        values: What each scheme has reached on each image, more being better, (schemes, images).
        price: What connecting a block costs, in the unit of the values.
        confidence: The confidence of the intervals, 0 … 1.

    Returns:
        The effects of the blocks, in order.

    Raises:
        ValueError: The shapes do not fit each other, or there are fewer than two images.

    Example:
        >>> from itertools import product
        >>> schemes = np.array(list(product((0, 1), repeat=3)))
        >>> hard = np.linspace(-1, 1, 50)
        >>> found = effects_by_image(schemes, schemes @ [[2.0], [0.0], [-1.0]] + hard, price=1.0)
        >>> [(block.effect.__round__(3), block.decided) for block in found]
        [(2.0, 'on'), (0.0, 'off'), (-1.0, 'off')]
    """
    bits, values = np.asarray(bits), np.asarray(values, "float64")
    if bits.ndim != 2 or values.ndim != 2 or len(bits) != len(values) or values.shape[1] < 2:
        raise ValueError(
            "effects_by_image takes bits (schemes, blocks) and values (schemes, images) of two images or more, not "
            f"{bits.shape} and {values.shape}."
        )
    signs, images = 2.0 * bits - 1, values.shape[1]
    left = 1 - len(bits) / 2.0 ** bits.shape[1]
    effects, errors, freedom = least_squares(signs, values.mean(axis=1), 0.0, left)
    design = np.column_stack([np.ones(len(signs)), signs])
    on_each = 2 * np.linalg.lstsq(design, values, rcond=None)[0][1:]
    if left == 0:  # Every scheme is known, so that nothing is left to estimate.
        effects, errors, freedom = on_each.mean(axis=1), np.zeros(len(on_each)), 1
    spread = ((on_each - on_each.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    # Half an image for and half against each block keeps hits from being sure where no answer differs (`Paired`).
    variances = (spread + 1) / (images + 1) if right_or_wrong(values) else spread / (images - 1)
    return [
        _added(str(block), *found, (freedom, images - 1), price, confidence)
        for block, found in enumerate(zip(effects, errors, np.sqrt(variances / images), strict=True))
    ]


def _added(
    name: str,
    effect: float,
    of_schemes: float,
    of_images: float,
    freedoms: tuple[int, int],
    price: float,
    confidence: float,
) -> Effect:
    """The effect with both errors in one."""
    error, freedom = float(np.hypot(of_schemes, of_images)), float(freedoms[1])
    if np.isfinite(error) and error > 0:
        shares = (of_schemes / error) ** 4, (of_images / error) ** 4
        freedom = 1 / (shares[0] / freedoms[0] + shares[1] / freedoms[1])
    return estimated(name, effect, error, freedom, price, confidence)
