"""Whether a network knows more than guessing does."""

import math

SIGMAS = 2
"""Standard deviations of what guessing gives, beyond which a share of right answers is taken for knowledge."""


def guessed(right: float, images: int, classes: int) -> str:
    """Says what is odd about a share of right answers that guessing may reach as well; empty if it is more than that.

    Args:
        right: The share of the images whose class was named, 0 … 1.
        images: The number of images.
        classes: The number of classes.

    Example:
        >>> guessed(0.13, 100, 10)
        'names the class of 13.0 % of 100 images, no more than guessing one of 10 classes may'
        >>> guessed(0.6, 100, 10)
        ''
    """
    chance = 1 / classes
    if right > chance + SIGMAS * math.sqrt(chance * (1 - chance) / images):
        return ""
    told = f"names the class of {100 * right:.1f} % of {images:,} images"
    return f"{told}, no more than guessing one of {classes} classes may"


RANGE = (
    "Look whether the images have the range of pixels that it was trained on (on the command line: --pixels), the "
    "labels the order of its classes, and whether its training was long enough for its BatchNorm statistics to settle."
)
"""What is most often the matter then."""
