"""Random light: a global nuisance that a global gate can undo, so a fair test bed for channel attention."""

import numpy as np


def random_light(
    images: np.ndarray,
    generator: np.random.Generator,
    inverted: float = 0.5,
    contrast: tuple[float, float] = (0.15, 1.0),
    brightness: float = 0.8,
    noise: float = 0.08,
) -> np.ndarray:
    """Puts images under a light drawn for each: c·x + b + n, with x or its negative 1 − x. Nothing is clipped.

    Args:
        images: Floating point in [0, 1], (n, height, width, channels).
        generator: The source of randomness.
        inverted: Probability of the negative.
        contrast: C is uniform between these two.
        brightness: B is uniform in ± this.
        noise: Standard deviation of n, Gaussian, per value.

    Example:
        >>> random_light(np.zeros((2, 8, 8, 1)), np.random.default_rng(0)).shape
        (2, 8, 8, 1)
    """
    shape = (len(images), 1, 1, 1)
    negative = generator.uniform(size=shape) < inverted
    gain = generator.uniform(*contrast, size=shape)
    offset = generator.uniform(-brightness, brightness, size=shape)
    grain = generator.normal(0, noise, size=images.shape)
    return (gain * np.where(negative, 1 - images, images) + offset + grain).astype(np.float32)
