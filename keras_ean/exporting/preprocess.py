"""From photos to what a network takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_ean.data import CentreCrop, ImageData


@dataclass(frozen=True)
class Preprocess:
    """Turns uint8 images of any size into what the network takes, as `keras_ean.data` evaluates.

    The shorter side is resized (bilinear, antialiased), the centre cut out, and the pixels become
    (image · scale − mean) / std.

    Args:
        mean: The mean that is subtracted after scaling: one value, or one for each channel.
        std: The standard deviation that is divided by, above 0: one value, or one for each channel.
        scale: The factor of the uint8 values; 1/255 brings them to 0 … 1.
        resize: The length in pixels of the shorter side before the cut; None makes it as short as the network's input
            allows.

    Raises:
        ValueError: A standard deviation is not positive.

    Example:
        >>> Preprocess(mean=(0.5,), std=(0.25,)).scale
        0.00392156862745098
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    scale: float = 1 / 255
    resize: int | None = None

    def __post_init__(self):
        for name in ("mean", "std"):
            value = getattr(self, name)
            values = (value,) if isinstance(value, int | float) else value
            object.__setattr__(self, name, tuple(map(float, values)))
        if min(self.std) <= 0:
            raise ValueError(f"The std of a preprocessing is positive, not {self.std!r}.")

    @classmethod
    def of(cls, data: ImageData) -> "Preprocess":
        """Makes the preprocessing that the images of a data set, `data`, go through before a network sees them."""
        resize = data.test.prepare.resize if isinstance(data.test.prepare, CentreCrop) else None
        return cls(data.mean, data.std, resize=resize) if data.test.normalize else cls(resize=resize)

    def __call__(self, images, image_shape: Sequence[int]):
        """(batch, height, width, channels), any dtype → (batch, *image_shape), float32; TensorFlow operators."""
        import tensorflow as tf

        size = tf.constant(image_shape[:2], tf.float64)
        have = tf.cast(tf.shape(images)[1:3], tf.float64)
        factor = tf.reduce_max(size / have)
        if self.resize is not None:
            factor = tf.maximum(factor, self.resize / tf.reduce_min(have))
        target = tf.maximum(tf.floor(have * factor), size)
        images = tf.image.resize(tf.cast(images, tf.float32), tf.cast(target, tf.int32), antialias=True)
        top, left = tf.unstack(tf.cast(tf.round((target - size) / 2), tf.int32))
        images = images[:, top : top + image_shape[0], left : left + image_shape[1]]
        return (tf.ensure_shape(images, (None, *image_shape)) * self.scale - self.mean) / self.std

    def arrays(self, images: Sequence[np.ndarray], image_shape: Sequence[int]) -> np.ndarray:
        """Brings uint8 `images` (height, width, channels) of any size to one array (images, `*image_shape`), float32,
        without TensorFlow.
        """
        height, width = image_shape[:2]
        pixels = CentreCrop((height, width), self.resize)(list(images)).astype("float32")
        return (pixels * np.float32(self.scale) - np.array(self.mean, "float32")) / np.array(self.std, "float32")
