"""How fast this machine trains and evaluates a run's networks, timed on a few steps."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data import Split
from keras_ean.data.examples import Examples
from keras_ean.measure import cost, save_figure
from keras_ean.measure.svg import inline_svg, literally
from keras_ean.run import trainer
from keras_ean.run.context import Context
from keras_ean.run.networks import LATENCY_BATCH
from keras_ean.run.report.figures import scheme_figure
from keras_ean.run.work import Course
from keras_ean.scheme import Scheme
from keras_ean.training import fit

STEPS, SECONDS, LOOKS = 4, 1.0, 5
"""Timed of a training: at least so many steps, and so long, if the images suffice; and so many forward passes."""


@dataclass(frozen=True)
class Pace:
    """The pace of one network.

    Args:
        step: Seconds to train on one image.
        look: Seconds to evaluate one image.
        building: Seconds to build and compile it.
        tracing: Seconds that the first step takes more than others.
        opening: Seconds that the first evaluation of a batch takes more than others.
    """

    step: float
    look: float
    building: float
    tracing: float
    opening: float


@dataclass(frozen=True)
class Speed:
    """Seconds of this machine.

    Args:
        supernet: The pace of the supernet.
        plain: The pace of the network without attention.
        drawing: The seconds to draw a figure, as PNG and as SVG.
        parameters: The number of parameters of the network with attention everywhere.
        backend: The Keras backend on which it was timed.
    """

    supernet: Pace
    plain: Pace
    drawing: float
    parameters: int
    backend: str


def speed(context: Context) -> Speed:
    """Timed now, or as it was timed when the run began."""
    file = context.folder.path / "speed.json"
    kept = context.folder.json(file)
    # An earlier version timed less.
    if kept and kept["backend"] == keras.backend.backend() and "drawing" in kept:
        return Speed(**{**kept, "supernet": Pace(**kept["supernet"]), "plain": Pace(**kept["plain"])})
    architecture, stages = context.architecture, context.architecture.stages
    supernet, parameters = architecture.supernet, 0

    def build() -> keras.Model:
        nonlocal parameters
        made = supernet()
        parameters = cost.parameters(made)
        return made

    of_supernet = _pace(context, build, trainer.pretraining(context.config))
    plain = _pace(
        context,
        lambda: architecture.network(Scheme.empty(stages), True, "plain"),
        trainer.of_networks(context.config),
    )
    found = Speed(of_supernet, plain, _drawing(stages), parameters, keras.backend.backend())
    context.folder.write_json(file, asdict(found))
    return found


class Watch(keras.callbacks.Callback):
    """Ends a `fit` after a few steps, and knows how long they took."""

    def on_train_begin(self, logs=None):
        self.begun = time.perf_counter()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        float((logs or {}).get("loss", 0.0))  # What is computed on an accelerator is waited for.
        self.ends.append(time.perf_counter())
        if len(self.ends) > STEPS and self.ends[-1] - self.ends[0] > SECONDS:
            self.model.stop_training = True

    @property
    def first(self) -> float:
        return self.ends[0] - self.begun

    @property
    def step(self) -> float:
        """The time of the steps after the first, on average; of the first one where there is no other."""
        return float(np.mean(np.diff(self.ends))) if len(self.ends) > 1 else self.first


def _pace(context: Context, build: Callable[[], keras.Model], course: Course) -> Pace:
    recipe: Any = course.recipe
    if context.by_task is not None:
        recipe = replace(recipe, task=context.by_task.architecture.task)
    devices, images = context.devices, context.images.data
    batches, watch = devices.batches(recipe.batches(images.train, seed=context.config.seed)), Watch()
    keras.utils.set_random_seed(context.config.seed)
    with devices.scope(), tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with recipe.policy():
            model = build()
        recipe.compile(model, len(batches), course.epochs)
        built = time.perf_counter() - begun
        fit(model, batches, 1, folder, [watch], keep=False, verbose=0)
    look, opening = _look(model, images.validation)
    return Pace(watch.step / recipe.batch_size, look, built, max(0.0, watch.first - watch.step), opening)


def _drawing(stages: Sequence[int]) -> float:
    """Seconds of a figure; the first one, which loads what all need, is not counted."""
    with tempfile.TemporaryDirectory() as folder, literally():
        for _ in range(2):
            begun = time.perf_counter()
            figure = scheme_figure(Scheme.full(stages), "", "")
            save_figure(figure, Path(folder) / "figure.png")
            inline_svg(figure, "figure", "")
    return time.perf_counter() - begun


def _look(model: keras.Model, split: Split | Examples) -> tuple[float, float]:
    """Seconds to evaluate one image, and to compile that."""
    # Few are taken again and again: a batch of some images takes longer for each than one of many.
    count = max(LATENCY_BATCH, min(len(split), trainer.EVALUATION_BATCH))
    first = split.take(np.arange(count) % len(split))
    inputs = first.inputs if isinstance(first, Examples) else first.arrays()[0]
    images = keras.tree.map_structure(ops.convert_to_tensor, inputs)
    forward, times = backend.compiled(partial(model, training=False)), []
    for _ in range(1 + LOOKS):
        begun = time.perf_counter()
        keras.tree.map_structure(ops.convert_to_numpy, forward(images))
        times.append(time.perf_counter() - begun)
    seconds = float(np.median(times[1:]))
    return seconds / count, max(0.0, times[0] - seconds)
