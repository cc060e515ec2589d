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
    """Says how a network is trained from scratch: everything but the network and the images.

    The optimizer is SGD with momentum (`CoupledSGD`) in every recipe.

    Args:
        epochs: The number of passes over the training images.
        batch_size: The number of images in each step.
        rate: The learning rate of the first step, or the highest one where the schedule is "one_cycle".
        schedule: How the rate changes: "steps" multiplies it by `factor` at each of the `milestones`; "one_cycle"
            raises it during `warmup` and then lowers it to 0 along a cosine.
        milestones: The epochs, counted from 0, from whose first step on the rate is lower; for "steps" only.
        factor: What the rate is multiplied by at each milestone.
        warmup: How long "one_cycle" raises the rate: a number of steps if it is an int, a share of all steps if it is
            a float; at most half of the training.
        momentum: The momentum of SGD, from 0 to below 1.
        nesterov: Whether the momentum is Nesterov's, which looks one step ahead.
        weight_decay: The factor λ of the L2 term in the gradient of every trainable weight.
        dropout: The dropout rate, from 0 to below 1, that `recipe.backbone(…)` gives to a backbone with dropout, such
            as "wrn-52-4".
        label_smoothing: The share ε of each target that is spread evenly over all classes (`SmoothedCrossentropy`).
        augmentation: How the training images are changed at random; None leaves them as they are.
        size: The (height, width) of the images, for you to give to `keras_ean.data.load`; None keeps their own.
        resize: The pixels of the shorter side before the centre is cropped for evaluation, for you to give to
            `keras_ean.data.load`.
        precision: The name of a Keras dtype policy, such as "mixed_bfloat16"; it takes effect on networks that are
            built inside `with recipe.policy():`.
        drop_remainder: Whether the last batch of an epoch is left out if it is not full.

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
        """Gives a copy of the recipe with another rate, for a training that lost its numbers at this one.

        Args:
            factor: What the rate is multiplied by, such as 0.5.
        """
        return replace(self, rate=factor * self.rate)

    def learning_rate(
        self, steps_per_epoch: int, epochs: int | None = None
    ) -> "float | keras.optimizers.schedules.LearningRateSchedule":
        """Gives the learning rate of the training: a number if it stays the same, else a schedule over its steps.

        Args:
            steps_per_epoch: The number of batches in an epoch.
            epochs: The number of epochs in place of the recipe's, to which the milestones move in proportion; None
                keeps the recipe's.

        Raises:
            ValueError: There is less than one step or one epoch.
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
        """Makes a new optimizer with the recipe's rate, momentum and weight decay.

        Args:
            steps_per_epoch: The number of batches in an epoch.
            epochs: The number of epochs in place of the recipe's; None keeps the recipe's.

        Raises:
            ValueError: There is less than one step or one epoch.
        """
        return optimizers.CoupledSGD(
            self.learning_rate(steps_per_epoch, epochs), self.momentum, self.nesterov, l2=self.weight_decay
        )

    def loss(self) -> "keras.losses.Loss":
        """Makes the cross-entropy of logits (batch, classes) and class numbers, with the recipe's label smoothing."""
        if self.label_smoothing:
            return losses.SmoothedCrossentropy(self.label_smoothing)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def compile(self, model: "keras.Model", steps_per_epoch: int, epochs: int | None = None) -> None:
        """Compiles a model in place with the recipe's optimizer and loss, and the metric "accuracy".

        The variables of the optimizer are made at once, so that `fit` traces once instead of twice.

        Args:
            model: A built model whose output is logits (batch, classes).
            steps_per_epoch: The number of batches in an epoch.
            epochs: The number of epochs in place of the recipe's; None keeps the recipe's.
        """
        accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        model.compile(
            self.optimizer(steps_per_epoch, epochs), self.loss(), metrics=[accuracy], jit_compile=backend.jit_compile()
        )
        model.optimizer.build(model.trainable_variables)

    def batches(self, split: Split, seed: int = 0, epoch: int = 0) -> "Batches":
        """Makes shuffled and augmented batches of training images, to be given to `fit(…, shuffle=False)`.

        Args:
            split: The training images with their labels.
            seed: The seed that the order of the images and their augmentation are drawn from.
            epoch: The epoch to begin with, counted from 0; a training that goes on is given the one it goes on at.
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
            split: The training images with their labels.
            seed: The seed that the augmentation is drawn from.
        """
        batches = split.batches(self.batch_size, augment=self.augmentation, seed=seed)
        return np.concatenate([images for images, _ in batches])

    def backbone(self, name: str, **options) -> Backbone:
        """Gives the backbone of that name; one that has dropout gets the recipe's, unless the options say otherwise.

        Args:
            name: The name of a backbone, of those that `keras_ean.backbones.available()` lists.
            options: The options of the backbone, as `keras_ean.backbones.get` takes them.
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
