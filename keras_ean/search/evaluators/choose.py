"""Which evaluator scores a supernet on a validation set: the fast one for an accuracy, else that of its task."""

from typing import Any

import keras
import numpy as np

from keras_ean.data import Split
from keras_ean.data.examples import read_examples
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.supernet import SupernetEvaluator
from keras_ean.search.evaluators.task import TaskEvaluator
from keras_ean.training import Task
from keras_ean.training.targets import ONE_HOT, SPARSE, loss_name

ACCURACY = ("accuracy", "acc", "val_accuracy", "val_acc")


def choose_evaluator(
    supernet,
    data: Any,
    objective: tuple[str, str] = ("accuracy", "max"),
    task: Task | None = None,
    batch_size: int = 256,
    calibration: Any = None,
    **passes: Any,
) -> Evaluator:
    """A `SupernetEvaluator` where the objective is the accuracy of a classifier, else a `TaskEvaluator`.

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
        classifier = not others and loss_name(loss) in (SPARSE, ONE_HOT) and len(outputs[0].shape) == 2
        if not classifier or objective[0] not in ACCURACY:
            return TaskEvaluator(supernet, data, task, batch_size, calibration)
    if task is not None and not isinstance(data, Split):
        examples = read_examples(data, "validation set")
        if examples.weights is not None or _shares(examples.targets):
            return TaskEvaluator(supernet, examples, task, batch_size, calibration)
        data = examples.inputs, examples.targets
    logits = loss is None or getattr(loss, "from_logits", False)
    return SupernetEvaluator(supernet, data, batch_size, calibration, from_logits=logits, **passes)


def _shares(targets: Any) -> bool:
    """Whether an image may belong to several classes, each with a share."""
    return targets.ndim == 2 and targets.shape[1] > 1 and not np.isin(targets, (0, 1)).all()
