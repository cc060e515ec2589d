"""What each validation image adds to a score, right or wrong or a loss, so that schemes are compared image by image."""

import base64
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from keras_ean.measure.paired import right_or_wrong

ANSWERS = "answers"
"""The name under which a score's answers stand among its metrics, as text, until the search keeps them."""


def to_text(answers: np.ndarray) -> str:
    """Packs answers, (images,), into text: their number, and the base64 of a bit for each if all are 0 or 1, else of
    its float32, after an "f".

    Example:
        >>> to_text(np.array([1, 0, 1])), to_text(np.array([0.5]))
        ('3:oA==', '1f:AAAAPw==')
    """
    answers = np.asarray(answers)
    bits = right_or_wrong(answers)
    packed = np.packbits(answers.astype(bool)) if bits else answers.astype("<f4")
    return f"{len(answers)}{'' if bits else 'f'}:{base64.b64encode(packed.tobytes()).decode()}"


def from_text(text: str) -> np.ndarray:
    """Gives the answers that `to_text` has packed, (images,) of truth values or of float64."""
    count, packed = text.split(":")
    values = base64.b64decode(packed)
    if count.endswith("f"):
        return np.frombuffer(values, "<f4").astype("float64")
    return np.unpackbits(np.frombuffer(values, "uint8"), count=int(count)).astype(bool)


def score_of(values: Mapping[str, np.ndarray], objective: str) -> dict[str, Any]:
    """Makes the score of a scheme from its values image by image: the mean of each metric, and the answers.

    Args:
        values: By the name of a metric, its value for every image, (images,).
        objective: The metric whose values are kept as the answers.
    """
    score: dict[str, Any] = {name: float(np.mean(each)) for name, each in values.items()}
    if objective in values:
        score[ANSWERS] = to_text(values[objective])
    return score


class Paired(NamedTuple):
    """How much better one scheme is than another on the images that both were shown.

    Attributes:
        difference: The difference of their means, in the unit of the answers: of accuracies −1 … 1, of losses nats.
        error: Its standard error: how much it varies from one set of so many images to another.
        images: The number of images.
    """

    difference: float
    error: float
    images: int


def paired(first: np.ndarray, second: np.ndarray) -> Paired:
    """Compares the answers of two schemes, (images,) each, on the images that both were shown, which come first.

    Only images on which the two differ count for the error, so that it is much smaller than that of either mean.
    Where answers are right or wrong, half an image more for either scheme keeps it from being 0 where they hardly
    differ (Agresti and Min, Biostatistics 6, 2005). With one image of other answers it is infinite.
    """
    images = min(len(first), len(second))
    apart = np.asarray(first[:images], "float64") - np.asarray(second[:images], "float64")
    difference = float(apart.mean())
    squares = float(((apart - difference) ** 2).sum())
    if right_or_wrong(np.asarray(first)) and right_or_wrong(np.asarray(second)):
        variance = (squares + 1) / (images + 1)
    else:
        variance = squares / (images - 1) if images > 1 else math.inf
    return Paired(difference, math.sqrt(variance / images), images)
