"""What scores schemes in the searches of a run, and in `keras-ean rank`."""

import inspect
import math
from dataclasses import replace
from typing import Any

from keras_ean.data import Split
from keras_ean.recipes import Recipe
from keras_ean.run import trainer
from keras_ean.run.architecture import calibration_images
from keras_ean.run.config import Config
from keras_ean.run.context import Context
from keras_ean.search import Evaluator
from keras_ean.search.evaluators import lookup
from keras_ean.supernet import Supernet

BRIEF = 6
"""A training that scores a scheme has a sixth of the epochs of the supernet's, at least one, unless told otherwise."""


def evaluator_class(config: Config) -> type[Evaluator]:
    """What `search.evaluator` names."""
    return lookup(config.search.evaluator.name)


def needs_supernet(config: Config) -> bool:
    """Whether a supernet has to be trained: for the networks that are compared to start from, or for scores."""
    return config.start == "supernet" or evaluator_class(config).pretrained


def evaluator_options(config: Config) -> dict[str, Any]:
    """The evaluator's options; where it trains, the run's own recipe is the default."""
    return {**RECIPES.get(config.search.evaluator.name, lambda _: {})(config), **config.search.evaluator.options}


def _tuning(config: Config) -> dict[str, Recipe]:
    return {"recipe": _own(trainer.from_supernet(config).recipe)}


def _training(config: Config) -> dict[str, Recipe]:
    recipe = _own(trainer.from_scratch(config).recipe)
    return {"recipe": replace(recipe, epochs=math.ceil(trainer.pretraining(config).epochs / BRIEF))}


def _own(recipe: Any) -> Recipe:
    assert isinstance(recipe, Recipe), "a given model's schemes are scored by its task"
    return recipe


RECIPES = {"tuning": _tuning, "training": _training}


def evaluator(context: Context, supernet: Supernet, samples: int) -> Evaluator:
    """The configured evaluator, on the validation images, for at most `samples` schemes at once."""
    if context.by_task is not None:
        return context.by_task.evaluator(supernet, samples)
    config, images = context.config, context.images.data.train
    kind, settings = evaluator_class(config), config.search
    offered = {
        "supernet": supernet,
        "train": images,
        "data": validation_images(context),
        "calibration": calibration_images(config, images),
        "batch_size": settings.batch_size,
        "at_once": samples,
        "seed": config.seed,
    }
    wanted = inspect.signature(kind).parameters
    return kind(**{name: value for name, value in offered.items() if name in wanted}, **evaluator_options(config))


def validation_images(context: Context) -> Split | tuple:
    """The validation images, in arrays that stay on the accelerator; those that take more than `search.memory` bytes
    as float32 are read batch by batch: from 8-bit pixels in memory if these fit, else from their files for each batch
    of schemes.
    """
    data, memory = context.images.data, context.config.search.memory
    pixels = len(data.validation) * math.prod(data.shape)
    if 4 * pixels <= memory:
        return data.validation.arrays()
    if not data.validation.in_memory and pixels <= memory:
        return data.validation.prepared()
    return data.validation
