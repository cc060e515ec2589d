"""How a run trains and evaluates a network, be it the supernet, one that is compared, or one that is ranked."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import keras

from keras_ean import backend, recipes
from keras_ean.progress_bar import TrainingBar
from keras_ean.recipes import Recipe
from keras_ean.run.config import Training
from keras_ean.run.context import Context
from keras_ean.training import Checkpoint, OutOfTime, StopInTime, discard, fit

EVALUATION_BATCH = 256
Model = TypeVar("Model", bound=keras.Model)


def resolve(training: Training) -> Recipe:
    """The recipe with what the configuration changes, but the epochs, which move its milestones."""
    changes = training.model_dump(include={"batch_size", "rate", "precision"}, exclude_none=True)
    recipe = replace(recipes.get(training.recipe), **changes)
    return recipe if training.precision or backend.accelerated() else replace(recipe, precision="float32")


def train(
    context: Context,
    build: Callable[[], Model],
    name: str,
    title: str,
    training: Training,
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
        training: how.
        seed: of the order of the images.
        weights_seed: seed of the initial weights.

    Raises:
        OutOfTime: the time is over; the same call goes on.
    """
    context.limit.check(title)
    recipe, devices, images = resolve(training), context.devices, context.images.data.train
    keras.utils.set_random_seed(weights_seed)
    epochs = training.epochs or recipe.epochs
    batches = devices.batches(recipe.batches(images, seed=seed))
    folder = context.folder.checkpoints(name)
    callbacks: list[keras.callbacks.Callback] = [TrainingBar(title, context.console), StopInTime(context.limit)]
    if keras.backend.backend() == "tensorflow":  # Elsewhere Keras cannot write TensorBoard's files.
        callbacks.append(keras.callbacks.TensorBoard(context.folder.logs / name, write_graph=False))
    with devices.scope():
        with recipe.policy():
            model = build()
        recipe.compile(model, len(batches), epochs)
        fit(model, batches, epochs, folder, callbacks, keep=devices.first, verbose=0)
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
