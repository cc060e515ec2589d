"""Whether a network knows more than guessing does."""

import math

SIGMAS = 2
"""Standard deviations of what guessing gives, beyond which a share of right answers is taken for knowledge."""


def guessed(right: float, images: int, classes: int) -> str:
    """What is odd about so many right answers, if guessing one of the classes gives as many; else nothing.

    Args:
        right: The share of the images whose class was named.
        images: How many there were.
        classes: How many there are.

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
    "Look whether the images have the range of pixels that it was trained on (on the command line: --pixels), and the "
    "labels the order of its classes."
)
"""What is most often the matter then."""
