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
    """Puts images under a light drawn for each, c·x + b + n, where x may be replaced by its negative 1 − x. Nothing is
    clipped.

    Args:
        images: Pixels from 0 to 1, (n, height, width, channels).
        generator: The NumPy generator that everything is drawn from.
        inverted: The probability that an image is replaced by its negative, 0 … 1.
        contrast: The least and the greatest c; it is drawn uniformly between them.
        brightness: The greatest size of b, which is drawn uniformly between ± this.
        noise: The standard deviation of the Gaussian noise n, which is drawn for each value.

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
