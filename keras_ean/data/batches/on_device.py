"""Training on images that stay on the accelerator."""

import keras
import numpy as np

from keras_ean import backend
from keras_ean.data.batches.batches import Batches
from keras_ean.data.batches.cutting import Cutting, possible
from keras_ean.data.batches.divided import DividedBatches

MEMORY = 4 << 30
"""Bytes of images that are put on the accelerator at the most."""


class Draws(Batches):
    """What the batches of another sequence are made of: (int32 (n, 4) as `Cutting` takes them, labels)."""

    def __init__(self, batches: Batches):
        self.cutting = Cutting(batches)
        super().__init__(
            batches.split,
            batches.batch_size,
            batches.shuffle,
            batches.augment,
            batches.seed,
            batches.epoch,
            batches.drop_remainder,
        )

    def start(self, epoch: int) -> None:
        super().start(epoch)
        self.drawn: list[np.ndarray] = []

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        self.given.add(index)
        # At the first batch, since `fit` and `training.fit` may both begin an epoch.
        self.drawn = self.drawn or [self.cutting.draw(self.order, self.epoch, each) for each in range(len(self))]
        drawn = self.drawn[index]
        return drawn, self.split.labels[drawn[:, 0]]


class OnDevice(keras.Model):
    """Trains `model` on images that stay on the device: the compiled step makes its batch out of them.

    The split's images are copied there once, as stored. Order and crops of an epoch are drawn on the host at its
    beginning, as those of `batches`; a step is sent them, 16 bytes an image, with the labels, and picks, crops,
    mirrors, scales and normalises by itself. Weights, optimizer, loss and metrics are those of `model`.

    Args:
        model: The model to train, built and compiled.
        batches: The batches to train on: of images in memory, augmented by `CropFlip` or not at all.

    Raises:
        ValueError: The images are not one array in memory of the network's size, the augmentation is another, the model
            is not compiled, or the backend is PyTorch.

    Example:
        >>> from keras_ean.data import CropFlip, Split
        >>> split = Split(np.zeros((5, 8, 8, 1), "uint8"), np.array([0, 1, 0, 1, 0]))
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
        >>> model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> trainer = OnDevice(model, split.batches(2, shuffle=True, augment=CropFlip(1)))
        >>> trainer.fit(epochs=2, verbose=0).epoch
        [0, 1]
    """

    def __init__(self, model: keras.Model, batches: Batches | DividedBatches):
        backend.refuse_torch("Images stay on the device (OnDevice)")
        whole = _whole(batches)
        if not possible(whole.split, whole.augment):
            raise ValueError(
                "Images stay on the device if they are in memory, as one array of the network's size, with no "
                f"augmentation or CropFlip, not {whole.augment!r}; fit the model on the batches instead."
            )
        if not model.compiled:
            raise ValueError("OnDevice trains with the model's optimizer, loss and metrics: compile the model first.")
        super().__init__(dtype="float32", name=f"{model.name}_on_device")
        self.model = model
        draws = Draws(whole)
        self.cutting = draws.cutting
        self.draws = batches.over(draws) if isinstance(batches, DividedBatches) else draws
        images = np.asarray(whole.split.images)
        self.pixels = self.add_weight(shape=images.shape, dtype=str(images.dtype), trainable=False, name="pixels")
        self.pixels.assign(images)
        self.built = True
        config = model.get_compile_config()
        del config["optimizer"]
        self.compile(model.optimizer, **keras.saving.deserialize_keras_object(config))

    @classmethod
    def pays(cls, batches) -> bool:
        """Says whether training this way on `batches` is faster than `fit` on them: on JAX with an accelerator, for
        images that may stay there.
        """
        whole = _whole(batches)
        suits = isinstance(whole, Batches) and possible(whole.split, whole.augment)
        fits = suits and np.asarray(whole.split.images).nbytes <= MEMORY
        return fits and keras.backend.backend() == "jax" and backend.accelerated()

    def call(self, drawn, training=None):
        return self.model(self.cutting(self.pixels, drawn), training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        images = None if x is None else self.cutting(self.pixels, x)
        return self.model.compute_loss(images, y, y_pred, sample_weight, training)

    def fit(self, x=None, **options):
        """Trains as `keras.Model.fit` does, on the batches that the trainer was made with, in their order.

        Args:
            x: What to train on, in the form that the trainer's own batches have; None takes the batches that it was
                made with.
            options: Further arguments of `keras.Model.fit`, such as `epochs`.
        """
        return super().fit(self.draws if x is None else x, **{"shuffle": False, **options})


def _whole(batches):
    """The batches that are divided, if they are."""
    return batches.batches if isinstance(batches, DividedBatches) else batches
