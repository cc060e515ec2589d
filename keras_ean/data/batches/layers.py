"""Augmentation inside the compiled step, for images that are on the accelerator already."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class CropFlipLayer(keras.layers.Layer):
    """Pads images with zeros, crops each at random back to its size, and mirrors each with probability 1/2, in training
    alone.

    Unlike `keras.layers.RandomCrop`, every image of a batch has a crop of its own. Zero is black only before
    normalisation: put `keras.layers.Normalization` after it.

    Args:
        padding: The number of pixels of zeros that are added on each side.
        flip: Whether images are mirrored left to right, each with probability 1/2.
        seed: The seed of the draws; None draws others each time.

    Example:
        >>> layer = CropFlipLayer(padding=2, seed=0)
        >>> tuple(layer(keras.ops.ones((4, 8, 8, 1)), training=True).shape)
        (4, 8, 8, 1)
    """

    def __init__(self, padding: int = 4, flip: bool = True, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding
        self.flip = flip
        self.seed = seed
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, images, training=None):
        if not training:
            return images
        batch, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        edge = [self.padding, self.padding]
        images = ops.pad(images, [[0, 0], edge, edge, [0, 0]])
        top, left = (
            keras.random.randint((batch, 1), 0, 2 * self.padding + 1, seed=self.seeds, dtype="int32") for _ in range(2)
        )
        columns = ops.arange(width)[None]
        if self.flip:
            mirrored = keras.random.uniform((batch, 1), seed=self.seeds) < 0.5
            columns = ops.where(mirrored, width - 1 - columns, columns)
        images = ops.take_along_axis(images, (top + ops.arange(height)[None])[:, :, None, None], axis=1)
        return ops.take_along_axis(images, (left + columns)[:, None, :, None], axis=2)

    def compute_output_shape(self, images_shape):
        return images_shape

    def get_config(self):
        return {**super().get_config(), "padding": self.padding, "flip": self.flip, "seed": self.seed}
