"""A recipe: everything about a training but the network and the images."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from keras_ean import backbones
from keras_ean.backbones import Backbone
from keras_ean.data.batches.augment import Augmentation
from keras_ean.data.split import Split
from keras_ean.late import Late

if TYPE_CHECKING:
    import keras

    from keras_ean import backend
    from keras_ean.data.batches.batches import Batches
    from keras_ean.recipes import loss as losses
    from keras_ean.recipes import optimizer as optimizers
    from keras_ean.recipes import schedules
else:
    keras, backend = Late("keras"), Late("keras_ean.backend")
    losses, optimizers, schedules = (Late(f"keras_ean.recipes.{name}") for name in ("loss", "optimizer", "schedules"))


@dataclass(frozen=True)
class Recipe:
    """Says how a network is trained; the optimizer is SGD throughout.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        rate: The first learning rate, or the peak of "one_cycle".
        schedule: "steps" multiplies the rate by `factor` at the `milestones`; "one_cycle" warms up for `warmup` and
            falls to 0 along a cosine.
        milestones: Epochs, counted from 0.
        factor: The factor of the rate at each milestone.
        warmup: Steps (int), or a share of all (float).
        momentum: The momentum of SGD.
        nesterov: The momentum's variant.
        weight_decay: The factor λ of the L2 term in the gradient of every trainable weight.
        dropout: The dropout of the backbones that have it: `recipe.backbone("wrn-52-4")`.
        label_smoothing: The share ε of the targets that is spread over all classes.
        augmentation: The augmentation of training images.
        size: (height, width) that the images are brought to: for `ean.data.load`.
        resize: The shorter side before the centre crop of evaluation: for `ean.data.load`.
        precision: Keras dtype policy; takes effect on networks built inside `with recipe.policy():`.
        drop_remainder: Leave out an epoch's last batch if it is not full.

    Example:
        >>> recipe = Recipe(epochs=2, batch_size=64, rate=0.1)
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> recipe.compile(model, steps_per_epoch=10)
        >>> model.optimizer.built
        True
    """

    epochs: int
    batch_size: int
    rate: float
    schedule: Literal["steps", "one_cycle"] = "steps"
    milestones: tuple[int, ...] = ()
    factor: float = 0.1
    warmup: int | float = 0
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    dropout: float = 0.0
    label_smoothing: float = 0.0
    augmentation: Augmentation | None = None
    size: tuple[int, int] | None = None
    resize: int | None = None
    precision: str = "float32"
    drop_remainder: bool = False

    def slower(self, factor: float) -> "Recipe":
        """Gives the same recipe with so many times its rate.

        Args:
            factor: What the rate is multiplied by.
        """
        return replace(self, rate=factor * self.rate)

    def learning_rate(
        self, steps_per_epoch: int, epochs: int | None = None
    ) -> "float | keras.optimizers.schedules.LearningRateSchedule":
        """Gives the rate over steps; with other `epochs` than the recipe's, the milestones move in proportion.

        Args:
            steps_per_epoch: Batches of an epoch.
            epochs: Passes over the training images; None takes the recipe's.

        Raises:
            ValueError: Less than one step or epoch.
        """
        total = epochs or self.epochs
        if min(steps_per_epoch, total) < 1:
            raise ValueError(f"A training has at least 1 step and 1 epoch, not {steps_per_epoch} and {total}.")
        if self.schedule == "one_cycle":
            steps = steps_per_epoch * total
            warmup = round(self.warmup * steps) if isinstance(self.warmup, float) else self.warmup
            return schedules.OneCycle(self.rate, steps, min(warmup, steps // 2))
        milestones = [round(epoch * total / self.epochs) for epoch in self.milestones]
        return schedules.step_decay(self.rate, milestones, self.factor, steps_per_epoch)

    def optimizer(self, steps_per_epoch: int, epochs: int | None = None) -> "optimizers.CoupledSGD":
        """Makes a new optimizer.

        Args:
            steps_per_epoch: Batches of an epoch.
            epochs: Passes over the training images; None takes the recipe's.

        Raises:
            ValueError: Less than one step or epoch.
        """
        return optimizers.CoupledSGD(
            self.learning_rate(steps_per_epoch, epochs), self.momentum, self.nesterov, l2=self.weight_decay
        )

    def loss(self) -> "keras.losses.Loss":
        """Makes the loss, which is of logits and integer labels."""
        if self.label_smoothing:
            return losses.SmoothedCrossentropy(self.label_smoothing)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def compile(self, model: "keras.Model", steps_per_epoch: int, epochs: int | None = None) -> None:
        """Compiles a built model in place, with the metric "accuracy". The variables of the optimizer and of the metric
        are made before the first trace, which would otherwise be done twice.

        Args:
            model: A built model that gives logits.
            steps_per_epoch: Batches of an epoch.
            epochs: Passes over the training images; None takes the recipe's.
        """
        accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        model.compile(
            self.optimizer(steps_per_epoch, epochs), self.loss(), metrics=[accuracy], jit_compile=backend.jit_compile()
        )
        model.optimizer.build(model.trainable_variables)

    def batches(self, split: Split, seed: int = 0, epoch: int = 0) -> "Batches":
        """Makes shuffled and augmented batches for training by `fit(…, shuffle=False)`.

        Args:
            split: The training images.
            seed: The seed of order and augmentation.
            epoch: The epoch that the batches begin with, counted from 0.
        """
        return split.batches(
            self.batch_size,
            shuffle=True,
            augment=self.augmentation,
            seed=seed,
            epoch=epoch,
            drop_remainder=self.drop_remainder,
        )

    def augmented(self, split: Split, seed: int = 0) -> np.ndarray:
        """Gives all images in their order as a training sees them, float32 (images, height, width, channels).

        These are the images for BatchNorm statistics: re-estimated on images that are not augmented, they lose accuracy
        (benchmarks/calibration.md).

        Args:
            split: The training images.
            seed: The seed of the augmentation.
        """
        batches = split.batches(self.batch_size, augment=self.augmentation, seed=seed)
        return np.concatenate([images for images, _ in batches])

    def backbone(self, name: str, **options) -> Backbone:
        """Does as `ean.backbones.get`; a family with dropout gets the recipe's, unless the options say otherwise.

        Args:
            name: The name of a backbone.
            options: The options of the backbone.
        """
        backbone = backbones.get(name, **options)
        if self.dropout and "dropout" not in options and hasattr(backbone, "dropout"):
            return backbones.get(name, **options, dropout=self.dropout)
        return backbone

    @contextmanager
    def policy(self) -> Iterator[None]:
        """Makes networks that are built inside the block compute in the recipe's precision; weights stay float32."""
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.precision)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)
