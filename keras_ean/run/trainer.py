"""How a run trains and evaluates a network, be it the supernet, one that is compared, or one that is ranked."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import keras
import numpy as np

from keras_ean import backend, recipes
from keras_ean.progress_bar import TrainingBar
from keras_ean.recipes import Recipe
from keras_ean.run.config import Config, Training
from keras_ean.run.context import Context
from keras_ean.training import Checkpoint, FineTuning, OutOfTime, StopInTime, Validation, discard, fit

EVALUATION_BATCH = 256
FINE_TUNED = 3
"""Epochs of a given model's supernet, and again of each of its networks."""
Model = TypeVar("Model", bound=keras.Model)


@dataclass(frozen=True)
class Course:
    """How long a network is trained, and by which recipe; with other epochs than the recipe's, milestones move."""

    recipe: Recipe | FineTuning
    epochs: int

    def images(self, number: int) -> int:
        """Images that the network sees, of so many for training."""
        batches = number / self.recipe.batch_size
        steps = math.floor(batches) if self.recipe.drop_remainder else math.ceil(batches)
        return self.epochs * min(number, steps * self.recipe.batch_size)


def pretraining(config: Config) -> Course:
    """Of the supernet."""
    return _fine_tuning(config) if config.pretrain is None else _course(config.pretrain)


def warming_up(config: Config) -> Course | None:
    """Of the attention alone in a given model's supernet, at the whole rate of the model; None where there is none."""
    if config.model is None or config.tune.warmup == 0:
        return None
    batch_size = config.tune.batch_size or FineTuning.batch_size
    return Course(FineTuning(config.tune.warmup, batch_size, share=1.0), config.tune.warmup)


def of_baseline(config: Config) -> Course:
    """Of a given model without attention: for as many epochs as its supernet."""
    course = _fine_tuning(config)
    return replace(course, epochs=course.epochs + config.tune.warmup)


def _fine_tuning(config: Config) -> Course:
    tune = config.tune
    recipe = FineTuning(tune.epochs or FINE_TUNED, tune.batch_size or FineTuning.batch_size, rate=tune.rate)
    return Course(recipe, recipe.epochs)


def from_scratch(config: Config) -> Course:
    """Of a network that starts from random weights: as many epochs as the supernet, unless the configuration says."""
    training = config.train or config.pretrain
    if training is None:
        raise ValueError("A run of a given model trains no network from scratch; it starts from the model's weights.")
    course = _course(training)
    asked = config.train and config.train.epochs
    return course if asked else replace(course, epochs=pretraining(config).epochs)


def from_supernet(config: Config) -> Course:
    """Of a network that starts from the supernet's weights: its recipe, briefly and at a lower rate, falling to 0."""
    if config.model is not None:
        return _fine_tuning(config)
    course, tune = pretraining(config), config.tune
    assert isinstance(course.recipe, Recipe)
    epochs, rate = tune.epochs or math.ceil(course.epochs / 24), tune.rate or course.recipe.rate / 3
    return Course(replace(course.recipe, epochs=epochs, rate=rate, schedule="one_cycle", warmup=0), epochs)


def seen_before(config: Config, number: int) -> int:
    """Images that the supernet sees, of so many for training."""
    first = warming_up(config)
    return pretraining(config).images(number) + (first.images(number) if first else 0)


def of_networks(config: Config) -> Course:
    """Of the networks that are compared."""
    return from_supernet(config) if config.start == "supernet" else from_scratch(config)


def _course(training: Training) -> Course:
    changes = training.model_dump(include={"batch_size", "rate", "precision"}, exclude_none=True)
    recipe = replace(recipes.get(training.recipe), **changes)
    if not training.precision and not backend.accelerated():
        recipe = replace(recipe, precision="float32")
    return Course(recipe, training.epochs or recipe.epochs)


def train(
    context: Context,
    build: Callable[[], Model],
    name: str,
    title: str,
    course: Course,
    seed: int,
    weights_seed: int,
) -> Model:
    """What `build` builds, trained in the recipe's precision on all devices, then computing in float32 on one.

    It goes on from its last checkpoint, which is kept until `finish`.

    Args:
        context: of the run.
        build: makes the network, not compiled.
        name: of the work, for its checkpoint and TensorBoard.
        title: of its progress bar.
        course: how.
        seed: of the order of the images.
        weights_seed: seed of the initial weights.

    Raises:
        OutOfTime: the time is over; the same call goes on.
    """
    context.limit.check(title)
    recipe: Any = course.recipe
    if context.by_task is not None:
        recipe = replace(recipe, task=context.by_task.architecture.task)
    epochs, devices, images = course.epochs, context.devices, context.images.data.train
    keras.utils.set_random_seed(weights_seed)
    batches = devices.batches(recipe.batches(images, seed=seed))
    folder = context.folder.checkpoints(name)
    bar = TrainingBar(title, context.console)
    callbacks: list[keras.callbacks.Callback] = [bar, StopInTime(context.limit)]
    if keras.backend.backend() == "tensorflow":  # Elsewhere Keras cannot write TensorBoard's files.
        callbacks.append(keras.callbacks.TensorBoard(context.folder.logs / name, write_graph=False))
    with devices.scope():
        with recipe.policy():
            model = build()
        recipe.compile(model, len(batches), epochs)
        if not devices.several and context.by_task is None:
            held_out = context.images.data.validation.batches(EVALUATION_BATCH)
            callbacks.insert(0, Validation(model, held_out))
        with bar.progress:
            work = f"{name} {context.folder.manifest.settings}"
            fit(model, batches, epochs, folder, callbacks, keep=devices.first, work=work, verbose=0)
    done = Checkpoint(folder).finished_epochs
    if devices.first and done < epochs:
        raise OutOfTime(
            f"The time is over after epoch {done} of {epochs} ({title}); the same command goes on from here."
        )
    if recipe.precision == "float32" and not devices.several:
        return model
    with replace(recipe, precision="float32").policy():
        kept = build()
    kept.set_weights(model.get_weights())
    recipe.compile(kept, len(batches), epochs)
    return kept


def finish(context: Context, name: str) -> None:
    """Removes the checkpoint of a training whose result is kept."""
    if context.devices.first:
        discard(context.folder.checkpoints(name))


def evaluate(context: Context, model: keras.Model, **options) -> dict[str, float]:
    """Loss and accuracy on the test images; options are for `model.evaluate`."""
    batches = context.images.data.test.batches(EVALUATION_BATCH)
    return model.evaluate(batches, verbose=0, return_dict=True, **options)


def tested(context: Context, model: keras.Model) -> tuple[np.ndarray, dict[str, float]]:
    """Whether each test image is classified rightly, (images,), or what it contributes to the objective of a given
    model, the more the better; and loss and metrics: one pass over the test images."""
    if context.by_task is not None:
        return context.by_task.tested(model)
    test = context.images.data.test
    logits = model.predict(test.batches(EVALUATION_BATCH), verbose=0)
    right = logits.argmax(axis=-1) == test.labels
    return right, {"accuracy": float(right.mean()), "loss": float(model.loss(test.labels, logits))}
