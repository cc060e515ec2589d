"""How good a network's answers are, in the unit of the tolerance."""

import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_ean.data.as_arrays import as_images, as_images_and_labels
from keras_ean.measure.chance import RANGE, guessed

FEWEST = 50
"""Images below which a share of right answers tells nothing."""
Metric = Callable[[Any, Any], Any]
"""(labels, outputs) → a score, or one per image; the higher, the better."""


class GuessedWarning(UserWarning):
    """Warns of a network that knows no more of the images than guessing does: they may be misread, or its BatchNorm
    statistics may be stale."""


class Scoring:
    """Scores a network's outputs against labels, or against what the network answered before anything was folded.

    Args:
        labels: The classes of the images, as numbers or one-hot rows; None takes the network's own classes, so that a
            score is the percentage of images whose class is still the same.
        metric: A function of (labels, outputs) that gives a score in its own unit, the higher the better; None takes
            top-1 accuracy in percent.
        answers: The network's outputs before anything was folded, (images, classes) unless there are a metric and
            labels.

    Raises:
        ValueError: Without a metric and labels, the outputs are no scores of two or more classes. There is not one
            label for each image, or, without a metric, one is no class of the network. The metric is no function, or
            falls as a network gets better; or, when called, it gives neither a number nor one for each image.
    """

    def __init__(self, labels, metric: Metric | None, answers):
        shape = getattr(answers, "shape", None)
        if (metric is None or labels is None) and (shape is None or len(shape) != 2 or shape[1] < 2):
            raise ValueError(
                "Whether folding is worth its price is judged by the class of each image, from outputs (images, "
                f"classes), but the network's are {_told(answers)}: give labels, and metric= (labels, outputs) → "
                "score, the higher the better."
            )
        if metric is not None and (not callable(metric) or _falls(metric)):
            raise ValueError(
                f"metric is a function (labels, outputs) → score, the higher the better, not {metric!r}. Of a loss or "
                "an error give the negative: lambda labels, outputs: -loss(labels, outputs)."
            )
        self.metric = metric or top_1
        self.labels = np.argmax(answers, -1) if labels is None else np.asarray(labels)
        self.judged_by = "the network's own classes" if labels is None else "the labels"
        images = len(keras.tree.flatten(answers)[0])
        if not self.labels.ndim:
            raise ValueError(
                "Labels are one array with an entry for each image, no number and no dictionary: of several outputs "
                f"give the numbers of the images, np.arange({images}), and look their labels up in the metric."
            )
        if len(self.labels) != images:
            raise ValueError(f"There is one label for each image, but {len(self.labels)} labels and {images} images.")
        if metric is None:
            _check_classes(self.labels, answers)
        self.classes = answers.shape[1] if metric is None and labels is not None else None

    def doubt(self, score: float) -> None:
        """Warns if this `score` of a network, an accuracy in percent, is no more than guessing gives."""
        images = len(self.labels)
        if self.classes and images >= FEWEST and (odd := guessed(score / 100, images, self.classes)):
            warnings.warn(f"The network {odd}. {RANGE}", GuessedWarning, stacklevel=3)

    def __call__(self, answers) -> float:
        """The score of the network's outputs on all images, or on the first of them."""
        images = len(keras.tree.flatten(answers)[0])
        if isinstance(self.metric, keras.metrics.Metric):
            self.metric.reset_state()  # It adds up all that it is shown.
        found = self.metric(self.labels[:images], answers)
        try:
            values = np.asarray(keras.ops.convert_to_numpy(found), "float64")
        except (TypeError, ValueError):
            values = np.array(np.nan)
        if values.size not in (1, images) or not np.isfinite(values).all():
            told = f"an array {values.shape}" if values.ndim else repr(found)
            raise ValueError(f"metric gives a finite score, or one for each image, not {told}.")
        return float(np.mean(values))


def top_1(labels: np.ndarray, answers: np.ndarray) -> float:
    """Percent of the images whose highest output is the label's; outputs that are no numbers name no class."""
    if labels.shape == answers.shape:
        labels = np.argmax(labels, -1)
    hits = np.argmax(answers, -1) == np.reshape(labels, -1)
    return 100 * float(np.mean(hits & ~np.isnan(answers).any(-1)))


def images_and_labels(data: Any, labels: Any, inputs: int) -> tuple[Any, np.ndarray | None]:
    """Images, and labels if they are given or are in the data: all forms of `keras_ean.data.as_arrays`."""
    if labels is None:
        return as_images_and_labels(data, inputs)
    return as_images(data, inputs), np.asarray(labels)


def _falls(metric: Any) -> bool:
    """Whether it is one of Keras's losses or errors, which fall as a network gets better."""
    loss = isinstance(metric, keras.losses.Loss) or getattr(metric, "__module__", "").startswith("keras.src.losses")
    return loss or getattr(metric, "_direction", None) == "down"


def _check_classes(labels: np.ndarray, answers: np.ndarray) -> None:
    images, classes = answers.shape
    one_each = labels.size == images and bool(np.isin(labels, range(classes)).all())
    if not one_each and labels.shape != answers.shape:
        raise ValueError(
            f"Labels are classes from 0 to {classes - 1}, {images} numbers, or rows as {answers.shape}, not "
            f"{labels.shape} such as {labels.tolist()[0]!r}; otherwise give metric= (labels, outputs) → score, the "
            "higher the better."
        )


def _told(answers) -> str:
    return " and ".join(str(tuple(leaf.shape)) for leaf in keras.tree.flatten(answers))
