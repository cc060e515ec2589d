"""How a run trains and evaluates a network, be it the supernet, one that is compared, or one that is ranked."""

import math
from dataclasses import replace
from typing import Any, NamedTuple

import keras
import numpy as np
from keras.callbacks import LambdaCallback

from keras_ean import backend, recipes
from keras_ean.measure import cost
from keras_ean.progress_bar import TrainingBar
from keras_ean.recipes import Recipe
from keras_ean.run.config import Config, Training
from keras_ean.run.context import Context
from keras_ean.run.work import Course, Model, Prepared, Work
from keras_ean.tracking import Epochs
from keras_ean.training import Checkpoint, Curve, FineTuning, OutOfTime, StopInTime, Validation, discard, fit
from keras_ean.training.finite import Finite, NotFinite, check_outputs
from keras_ean.training.restores import Restores

EVALUATION_BATCH = 256
ADVICE = ", or go on with --set on_nan=restore, which goes back and halves it."
TOLD = {"pretrain": "supernet"}
"""What trackers call a training, where that is not the name of its files."""
FINE_TUNED = 3
"""Epochs of a given model's supernet, and again of each of its networks."""


def pretraining(config: Config) -> Course:
    """Gives the course of the supernet's training: its recipe and its number of epochs.

    Args:
        config: The configuration of the run.
    """
    return _fine_tuning(config) if config.pretrain is None else _course(config.pretrain, "pretrain")


def warming_up(config: Config) -> Course | None:
    """Gives the course in which only the attention in a given model learns, at the highest rate the model was trained
    with, before everything does; None where there is none.

    Args:
        config: The configuration of the run.
    """
    if config.model is None or config.tune.warmup == 0:
        return None
    batch_size = config.tune.batch_size or FineTuning.batch_size
    first = FineTuning(config.tune.warmup, batch_size, share=1.0, drop_remainder=config.tune.drop_remainder)
    return Course(first, config.tune.warmup)


def of_baseline(config: Config) -> Course:
    """Gives the course of a given model without attention, which is trained for as many epochs as its supernet.

    Args:
        config: The configuration of the run.
    """
    course = _fine_tuning(config)
    return replace(course, epochs=course.epochs + config.tune.warmup)


def _fine_tuning(config: Config) -> Course:
    tune = config.tune
    epochs, batch_size = tune.epochs or FINE_TUNED, tune.batch_size or FineTuning.batch_size
    return Course(FineTuning(epochs, batch_size, rate=tune.rate, drop_remainder=tune.drop_remainder), epochs)


def from_scratch(config: Config) -> Course:
    """Gives the course of a network that starts from random weights, by default for as many epochs as the supernet.

    Args:
        config: The configuration of the run.

    Raises:
        ValueError: The run is of a given model, which is not trained from scratch.
    """
    training = config.train or config.pretrain
    if training is None:
        raise ValueError(
            "A run of a given model trains no network from scratch, since it starts from the model's weights: leave "
            "out start: scratch and the evaluator training."
        )
    course = _course(training, "train" if config.train else "pretrain")
    asked = config.train and config.train.epochs
    return course if asked else replace(course, epochs=pretraining(config).epochs)


def from_supernet(config: Config) -> Course:
    """Gives the course of a network that starts from the supernet's weights: its recipe, but brief, at a lower rate.

    Args:
        config: The configuration of the run.
    """
    if config.model is not None:
        return _fine_tuning(config)
    course, tune = pretraining(config), config.tune
    assert isinstance(course.recipe, Recipe)
    epochs, rate = tune.epochs or math.ceil(course.epochs / 24), tune.rate or course.recipe.rate / 3
    return Course(replace(course.recipe, epochs=epochs, rate=rate, schedule="one_cycle", warmup=0), epochs)


def seen_before(config: Config, number: int) -> int:
    """Counts how many images pass through the supernet in all epochs of its training.

    Args:
        config: The configuration of the run.
        number: The number of training images.
    """
    first = warming_up(config)
    return pretraining(config).images(number) + (first.images(number) if first else 0)


def of_networks(config: Config) -> Course:
    """Gives the course of the networks that are compared, from the supernet's weights or from scratch.

    Args:
        config: The configuration of the run.
    """
    return from_supernet(config) if config.start == "supernet" else from_scratch(config)


def _course(training: Training, section: str) -> Course:
    changes = training.model_dump(include={"batch_size", "rate", "precision", "drop_remainder"}, exclude_none=True)
    recipe = replace(recipes.get(training.recipe), **changes)
    if not training.precision and not backend.accelerated():
        recipe = replace(recipe, precision="float32")
    return Course(recipe, training.epochs or recipe.epochs, section)


def train(context: Context, work: Work[Model]) -> Model:
    """Trains one network of a run, and gives it; the training goes on from its last checkpoint.

    It trains in the recipe's precision on all devices; what it gives computes in float32 on one. The checkpoint is kept
    until `finish`. The next training that is alike changes the model that this one gives, unless `context.prepared` is
    emptied before.

    Args:
        context: The context of the run, as `Run.context` has it.
        work: What is trained, how, and with which seeds.

    Raises:
        OutOfTime: The time is over; the same call goes on from there.
        NotFinite: The training has lost its numbers, and the configuration says that it stops then, or it has gone
            back to its last good state, with half the rate, as often as it may.
    """
    context.limit.check(work.title)
    recipe: Any = work.course.recipe
    if context.by_task is not None:
        recipe = replace(recipe, task=context.by_task.architecture.task)
    restores = Restores(context.folder.checkpoints(work.name), context.devices.first)
    while True:
        course = replace(work.course, recipe=recipe.slower(0.5**restores.count))
        try:
            return _train(context, replace(work, course=course))
        except NotFinite as lost:
            if context.config.on_nan == "stop" or restores.used_up:
                raise
            restores.note(str(lost))
            context.console.print(f"{lost} It goes on from there with half the rate.", markup=False, soft_wrap=True)


def _train(context: Context, work: Work[Model]) -> Model:
    """`train`, as far as the numbers hold."""
    name, title, course = work.name, work.title, work.course
    recipe: Any = course.recipe
    devices, images = context.devices, context.images.data.train
    keras.utils.set_random_seed(work.weights_seed)
    batches = devices.batches(recipe.batches(images, seed=work.seed))
    folder = context.folder.checkpoints(name)
    bar = TrainingBar(title, context.console)
    curve = Curve(context.folder.curve(name), devices.first)
    epochs_told = Epochs(context.tracker, TOLD.get(name, name))
    callbacks: list[keras.callbacks.Callback] = [bar, StopInTime(context.limit), curve, epochs_told]
    with devices.scope():
        prepared = _prepared(context, work, len(batches))
        model = prepared.model
        if isinstance(model.optimizer.learning_rate, keras.Variable):  # Which the checkpoint holds as it was then.
            rate = float(model.optimizer.learning_rate)
            callbacks.append(LambdaCallback(on_train_begin=lambda logs: _set_rate(model, rate)))
        if not devices.several and context.by_task is None:
            held_out = context.images.data.validation.batches(EVALUATION_BATCH)
            callbacks.insert(0, Validation(model, held_out))
        advice = f"Try a lower {course.section}.rate" + ("." if context.config.on_nan == "restore" else ADVICE)
        with bar.progress:
            own = work.callbacks(model) if work.callbacks else ()
            guarded, said = (
                [*callbacks, Finite(model, title, advice), *own],
                f"{name} {context.folder.manifest.settings}",
            )
            fit(model, batches, course.epochs, folder, guarded, keep=devices.first, work=said, verbose=0)
    done = Checkpoint(folder).finished_epochs
    if devices.first and done < course.epochs:
        raise OutOfTime(
            f"The time is over after epoch {done} of {course.epochs} ({title}); the same command goes on from here."
        )
    if not devices.several:
        context.prepared = prepared
        if recipe.precision == "float32":
            return model
    with replace(recipe, precision="float32").policy():
        kept = work.build()
    kept.set_weights(model.get_weights())
    recipe.compile(kept, len(batches), course.epochs)
    return kept


def _prepared(context: Context, work: Work[Model], steps: int) -> Prepared[Model]:
    """The network of the last training, if this one is alike, or a new one. One whose training ends before its time is
    not used again, since nothing is known of its state."""
    last, context.prepared = context.prepared, None
    if last is None or not last.serves(work):
        return Prepared(work, steps)
    last.begin(work)
    return last


def _set_rate(model: keras.Model, rate: float) -> None:
    model.optimizer.learning_rate = rate


def finish(context: Context, name: str) -> None:
    """Removes the checkpoint of a training whose result is kept.

    Args:
        context: The context of the run, as `Run.context` has it.
        name: The name of the training, as its work has it.
    """
    if context.devices.first:
        discard(context.folder.checkpoints(name))


def flops(context: Context, model: keras.Model) -> int | None:
    """Counts the floating-point operations of a trained model for one image, once for all trainings that take turns on
    it; None where they cannot be counted.

    Args:
        context: The context of the run, as `Run.context` has it.
        model: The model, as `train` gives it.
    """
    last = context.prepared
    if last is not None and last.model is model:
        return last.flops
    return cost.flops(model) if cost.counts_flops(model) else None


def evaluate(context: Context, model: keras.Model, **options) -> dict[str, float]:
    """Evaluates a compiled model on the test images of a run, and gives its loss and metrics by name.

    Args:
        context: The context of the run, as `Run.context` has it.
        model: The model to evaluate.
        options: Further arguments of the model's `evaluate`, such as the `scheme` of a supernet.
    """
    batches = context.images.data.test.batches(EVALUATION_BATCH)
    return model.evaluate(batches, verbose=0, return_dict=True, **options)


class Tested(NamedTuple):
    """Tells what one pass over the test images has shown of a network.

    Attributes:
        answers: What each image contributes to the score, (images,), more being better. Of an accuracy it is whether
            the image is classified rightly.
        results: The loss and the metrics by their names.
        classes: The class of each image and the one that the network names, (2, images); None where the task has no
            classes.
        resampled: The objective, more being better, of sets of test images that were drawn again, (resamples,); None
            for an accuracy, which needs none.
    """

    answers: np.ndarray
    results: dict[str, float]
    classes: np.ndarray | None = None
    resampled: np.ndarray | None = None


def tested(context: Context, model: keras.Model) -> Tested:
    """Tests a model in one pass over the test images of a run.

    Args:
        context: The context of the run, as `Run.context` has it.
        model: The model to test, compiled.

    Raises:
        NotFinite: The model predicts values that are not finite.
    """
    if context.by_task is not None:
        return Tested(*context.by_task.tested(model))
    test = context.images.data.test
    last = context.prepared
    look = last.look if last is not None and last.model is model else backend.inference(model)
    logits = np.concatenate([look(images) for images, _ in test.batches(EVALUATION_BATCH)])
    check_outputs(model, logits)
    named = logits.argmax(axis=-1)
    right = named == test.labels
    results = {"accuracy": float(right.mean()), "loss": float(model.loss(test.labels, logits))}
    return Tested(right, results, np.stack([test.labels, named]))
