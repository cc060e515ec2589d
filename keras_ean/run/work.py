"""A training of a run, and the networks that trainings take turns on."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.measure import cost
from keras_ean.recipes import Recipe
from keras_ean.training import FineTuning
from keras_ean.training.checkpoint import state

Model = TypeVar("Model", bound=keras.Model)


@dataclass(frozen=True)
class Course:
    """How long a network is trained, and by which recipe; with other epochs than the recipe's, milestones move.

    Args:
        recipe: How it is trained, but for the number of epochs.
        epochs: The number of passes over the training images.
        section: The section of the configuration that the course comes from, for messages.
    """

    recipe: Recipe | FineTuning
    epochs: int
    section: str = "tune"

    def images(self, number: int) -> int:
        """Counts the images that the network sees, of so many for training."""
        return self.epochs * min(number, self.steps(number) * self.recipe.batch_size)

    def steps(self, number: int) -> int:
        """Counts the batches of an epoch, of so many images for training."""
        batches = number / self.recipe.batch_size
        return math.floor(batches) if self.recipe.drop_remainder else math.ceil(batches)


@dataclass(frozen=True)
class Work(Generic[Model]):
    """What is trained, how, and with which seeds.

    Args:
        build: A function that makes the network, not compiled.
        name: The name of the training, for its checkpoint and the trackers.
        title: The title of its progress bar.
        course: How the network is trained, and for how many epochs.
        seed: The seed of the order of the images.
        weights_seed: The seed of the initial weights, and of all else that is random in the network.
        like: Trainings with the same one are of the same network, but for their seeds; None for one of its own.
        drawn: Whether the initial weights are drawn, rather than those of a trained model.
        callbacks: A function from the network to further callbacks of its training; None adds none.
    """

    build: Callable[[], Model]
    name: str
    title: str
    course: Course
    seed: int
    weights_seed: int
    like: str | None = None
    drawn: bool = True
    callbacks: Callable[[Model], Sequence[keras.callbacks.Callback]] | None = None


class Prepared(Generic[Model]):
    """A network that is built and compiled once for all trainings that are alike, and traced by the first of them.

    To build and trace a network takes as long as to train it on some thousand small images, which is all that one
    does that starts from the supernet. Each training begins with the very state that a new network would have.

    Args:
        work: The first of the trainings; its recipe is the one to compile with.
        steps: The number of steps in an epoch.

    Attributes:
        model: The network, which each training changes.
        look: Its inference (`keras_ean.backend.inference`), traced once for all trainings.
    """

    def __init__(self, work: Work[Model], steps: int):
        self.work, self.model = work, self._built(work)
        self.look = backend.inference(self.model)
        work.course.recipe.compile(self.model, steps, work.course.epochs)
        self.start = [np.array(ops.convert_to_numpy(variable)) for variable in state(self.model)]

    def serves(self, work: Work) -> bool:
        """Whether a training is of this network, by the same recipe and for as long. PyTorch traces nothing, so that
        there is little to save, and what its layers draw depends on all that was drawn before."""
        alike = work.like is not None and (work.like, work.course) == (self.work.like, self.work.course)
        return alike and keras.backend.backend() != "torch"

    @cached_property
    def flops(self) -> int | None:
        """These are the floating-point operations for one image; None where they cannot be counted."""
        return cost.flops(self.model) if cost.counts_flops(self.model) else None

    def begin(self, work: Work[Model]) -> None:
        """Brings the network and its optimizer to where the training begins; Keras's seed is that of the weights."""
        start = self.start
        if work.drawn or any("seed_generator" in variable.path for variable in self.model.variables):
            new = [ops.convert_to_numpy(variable) for variable in self._built(work).variables]
            start = [*new, *start[len(new) :]]
        for variable, value in zip(state(self.model), start, strict=True):
            variable.assign(value)

    @staticmethod
    def _built(work: Work[Model]) -> Model:
        with work.course.recipe.policy():
            return work.build()
