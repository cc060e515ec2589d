"""A model's task: the loss, the metrics and the optimizer that it was compiled with, and the objective among them."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_ean import backend
from keras_ean.registry import unknown
from keras_ean.supernet import Supernet

LOWER = "loss error crossentropy entropy divergence hinge poisson cosh mae mse mape msle rmse perplexity distance"
FALLBACK = "adam"
"""The optimizer of a model that was compiled without one, at Keras's rate of 0.001."""
HIGHER = (
    "accuracy acc auc precision recall f1 fbeta iou dice r2 similarity correlation sensitivity specificity kappa top "
    "jaccard psnr ssim"
)

NAMED = (("loss", ("loss",), keras.losses), ("metric", ("metrics", "weighted_metrics"), keras.metrics))
SHORT = ("accuracy", "acc", "crossentropy", "ce")
"""Metrics that Keras chooses by the targets."""


class Task:
    """Says what a model is trained for, by what it is compiled with, so that other models can be trained for the same.

    Args:
        model: The model, compiled with loss, metrics and optimizer.
        objective: What decides which network is better: the name of a compiled metric, or "loss", with or without
            `val_` before it; or (name, "min" or "max") where the name does not tell the direction. None takes the first
            metric, and the loss if there is none.
        loss: The loss in place of the compiled one, with which the model need not be compiled.
        metrics: The metrics in place of the compiled ones.
        optimizer: The optimizer in place of the compiled one; a model without any gets Adam at Keras's own rate.

    Attributes:
        objective: The objective as it was given.
        rate: The highest learning rate that the model was trained with, as far as its optimizer tells it.

    Raises:
        ValueError: The model is neither compiled nor given a loss; its class computes another loss than the compiled
            one or trains in a way of its own; or Keras does not know a loss or metric of that name.

    Example:
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
        >>> round(Task(model).rate, 4)
        0.01
    """

    def __init__(
        self,
        model: keras.Model,
        objective: str | tuple[str, str] | None = None,
        loss: Any = None,
        metrics: Any = None,
        optimizer: Any = None,
    ):
        if not isinstance(model, Supernet) and type(model).compute_loss is not keras.Model.compute_loss:
            raise ValueError(
                f"{type(model).__name__} computes its loss in a method of its own, compute_loss, so what "
                f"{model.name!r} is compiled with does not tell its loss: plug it with plug_supernet, give the "
                "supernet that compute_loss, and search with an evaluator of your own (docs/detectors.md)."
            )
        if not isinstance(model, Supernet):
            check_plain(model)
        compiled = model._compile_config.config if getattr(model, "compiled", False) else {}
        given = {"loss": loss, "metrics": metrics}
        names = ("loss", "loss_weights", "metrics", "weighted_metrics")
        self.arguments = {name: compiled.get(name) for name in names if compiled.get(name) is not None}
        self.arguments.update({name: value for name, value in given.items() if value is not None})
        if "loss" not in self.arguments:
            raise ValueError(
                f"The model {model.name!r} has no loss to be trained by: compile it with its loss and metrics before "
                "it is saved, or name the loss: loss=, or --loss on the command line, such as "
                "sparse_categorical_crossentropy."
            )
        check_names(self.arguments)
        self.objective = objective
        found = optimizer if optimizer is not None else (model.optimizer if compiled else None)
        found = keras.optimizers.get(found or FALLBACK)
        self.optimizer = getattr(found, "inner_optimizer", found)
        self.rate = highest_rate(self.optimizer)

    def compile(self, model: keras.Model, rate: Any = None) -> None:
        """Compiles a model for this task, with a new optimizer of the same kind.

        Args:
            model: A built model with the same outputs, which is changed in place.
            rate: The learning rate or schedule; None takes the task's own `rate`.
        """
        optimizer = self.new_optimizer(rate)
        if any(layer.compute_dtype == "float16" for layer in model._flatten_layers()):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        model.compile(optimizer, **self.measures(), jit_compile=backend.jit_compile())
        model.optimizer.build(model.trainable_variables)

    def new_optimizer(self, rate: Any = None) -> keras.optimizers.Optimizer:
        """Makes a new optimizer of the same kind and options as the task's, without a state.

        Args:
            rate: The learning rate or schedule; None takes the task's own `rate`.
        """
        config = {**self.optimizer.get_config(), "learning_rate": self.rate if rate is None else rate}
        return type(self.optimizer).from_config(config)

    def measures(self) -> dict[str, Any]:
        """Gives the loss and the metrics as arguments of `keras.Model.compile`; the metrics begin without a state."""
        return {name: keras.tree.map_structure(fresh, value) for name, value in self.arguments.items()}

    def named(self, metrics: Mapping[str, float]) -> tuple[str, str]:
        """Finds the objective among the results of an evaluation, and gives its name and its direction, "max" or "min".

        Args:
            metrics: The results by their names, as `keras.Model.evaluate` gives them.

        Raises:
            ValueError: The objective is none of the results, or its name does not tell whether more is better.
        """
        asked, direction = self.objective if isinstance(self.objective, tuple) else (self.objective, None)
        if asked is None:
            # Of several outputs Keras reports each one's loss, too.
            asked = next((name for name in metrics if not name.endswith("loss")), "loss")
        name = asked.removeprefix("val_")
        if name not in metrics:
            raise ValueError(
                f"The objective {asked!r} is none of what the model is compiled with: {', '.join(metrics)}. Name one "
                "of these, or compile the model with the metric."
            )
        return name, direction or direction_of(name)


def check_plain(model: keras.Model) -> None:
    """ValueError where `fit` does more with a model than its layers and its compilation tell."""
    for method in ("train_step", "test_step"):
        if getattr(type(model), method) is not getattr(keras.Model, method):
            raise ValueError(
                f"{type(model).__name__} has a {method} of its own, which its networks with attention would not have. "
                f"If the compiled loss is what {model.name!r} learns by, give keras.Model(model.inputs, "
                "model.outputs), compiled with it."
            )
    if getattr(model, "preprocessor", None) is not None:
        raise ValueError(
            f"{model.name!r} has its images prepared by a preprocessor, which its networks with attention would not "
            "have: set model.preprocessor = None, and give the images as it makes them, such as "
            "train.map(preprocessor)."
        )


def check_names(arguments: Mapping[str, Any]) -> None:
    """ValueError, with the nearest names, for a loss or a metric that is named and that Keras does not know."""
    for what, keys, module in NAMED:
        for name in keras.tree.flatten([arguments[key] for key in keys if key in arguments]):
            if isinstance(name, str) and name not in SHORT:
                try:
                    module.get(name)
                except ValueError as error:
                    functions = {known for known, value in vars(module).items() if inspect.isfunction(value)}
                    raise ValueError(unknown(what, name, functions - {"get", "serialize", "deserialize"})) from error


def direction_of(name: str) -> str:
    """Whether more or less of a metric is better, by the words of its name.

    Raises:
        ValueError: No word of the name tells it.

    Example:
        >>> direction_of("gender_accuracy"), direction_of("mean_absolute_error"), direction_of("auc_1")
        ('max', 'min', 'max')
    """
    words = set(re.findall(r"[a-z]+(?:1|2)?(?![a-z])", name.lower().replace("f_1", "f1")))
    words |= {word.rstrip("0123456789") for word in words}
    if words & set(LOWER.split()):
        return "min"
    if words & set(HIGHER.split()):
        return "max"
    raise ValueError(
        f"Whether more {name!r} is better cannot be told from its name: give the objective as ({name!r}, 'max') or "
        f"({name!r}, 'min')."
    )


def fresh(leaf: Any) -> Any:
    """A metric with a state of its own; anything else as it is."""
    return type(leaf).from_config(leaf.get_config()) if isinstance(leaf, keras.metrics.Metric) else leaf


def highest_rate(optimizer: keras.optimizers.Optimizer) -> float:
    """The highest rate of a schedule up to the step that the optimizer has reached; else the rate it has now."""
    schedule = getattr(optimizer, "_learning_rate", None)
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    steps = np.unique(np.linspace(0, max(1, int(optimizer.iterations)), 200).astype(int))
    return max(float(keras.ops.convert_to_numpy(schedule(step))) for step in steps)
