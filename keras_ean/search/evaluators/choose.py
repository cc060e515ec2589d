"""Which evaluator scores a supernet on a validation set: the fast one for an accuracy or the loss of a classifier, else
that of its task."""

from typing import Any

import keras
import numpy as np

from keras_ean.data import Split
from keras_ean.data.examples import read_examples
from keras_ean.recipes import SmoothedCrossentropy
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.supernet import SupernetEvaluator
from keras_ean.search.evaluators.task import TaskEvaluator
from keras_ean.training import Task
from keras_ean.training.targets import ONE_HOT, SPARSE, loss_name

ACCURACY = ("accuracy", "acc", "val_accuracy", "val_acc")
LOSS = ("loss", "val_loss")


def choose_evaluator(
    supernet,
    data: Any,
    objective: tuple[str, str] = ("accuracy", "max"),
    task: Task | None = None,
    batch_size: int = 256,
    calibration: Any = None,
    **passes: Any,
) -> Evaluator:
    """A `SupernetEvaluator` where the objective is the accuracy of a classifier, or its loss if that is the
    cross-entropy and nothing else; else a `TaskEvaluator`.

    Args:
        supernet: Compiled; if it is not, its output are logits and the objective an accuracy.
        data: The validation set.
        objective: The name of the objective and its direction, "max" or "min".
        task: The task of the supernet; None takes what it is compiled for.
        batch_size, calibration: The batch size and calibration of either.
        passes: `schemes_per_pass` and `at_once` of the former.

    Raises:
        ValueError: Data or an objective that do not fit, told before anything is scored.
    """
    loss, outputs = None, supernet.body.outputs
    if task is None and supernet.compiled:
        task = Task(supernet, objective)
    if task is not None:
        [loss, *others] = keras.tree.flatten(task.arguments["loss"])
        known = isinstance(loss, SmoothedCrossentropy) or loss_name(loss) in (SPARSE, ONE_HOT)
        classifier = not others and known and len(outputs[0].shape) == 2
        told = objective[0] in ACCURACY or (objective[0] in LOSS and _alone(loss, task, supernet))
        if not classifier or not told:
            return TaskEvaluator(supernet, data, task, batch_size, calibration)
    if task is not None and not isinstance(data, Split):
        examples = read_examples(data, "validation set")
        if examples.weights is not None or _shares(examples.targets):
            return TaskEvaluator(supernet, examples, task, batch_size, calibration)
        data = examples.inputs, examples.targets
    logits = loss is None or isinstance(loss, SmoothedCrossentropy) or getattr(loss, "from_logits", False)
    return SupernetEvaluator(supernet, data, batch_size, calibration, from_logits=logits, **passes)


def _alone(loss: Any, task: Task, supernet) -> bool:
    """Whether the compiled loss is a cross-entropy as Keras makes it, without weights, smoothing or penalties."""
    if "loss_weights" in task.arguments or supernet.body.losses:
        return False
    if not isinstance(loss, keras.losses.Loss):
        return True
    usual = (keras.losses.SparseCategoricalCrossentropy, keras.losses.CategoricalCrossentropy)
    if type(loss) not in usual:
        return False
    return loss.get_config() == type(loss)(loss.from_logits, name=loss.name).get_config()


def _shares(targets: Any) -> bool:
    """Whether an image may belong to several classes, each with a share."""
    return targets.ndim == 2 and targets.shape[1] > 1 and not np.isin(targets, (0, 1)).all()
