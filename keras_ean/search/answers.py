"""Which validation images a scheme gets right, one bit an image, so that schemes are compared image by image."""

import base64
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from keras_ean.measure.paired import right_or_wrong

ANSWERS = "answers"
"""The name under which a score's answers stand among its metrics, as text, until the search keeps them."""


def to_text(right: np.ndarray) -> str:
    """Packs answers, (images,) of 0 and 1, into text: their number, and the base64 of a bit for each.

    Example:
        >>> to_text(np.array([1, 0, 1]))
        '3:oA=='
    """
    bits = np.packbits(np.asarray(right, bool))
    return f"{len(right)}:{base64.b64encode(bits.tobytes()).decode()}"


def from_text(text: str) -> np.ndarray:
    """Gives the answers that `to_text` has packed, (images,) of truth values."""
    count, bits = text.split(":")
    return np.unpackbits(np.frombuffer(base64.b64decode(bits), "uint8"), count=int(count)).astype(bool)


def score_of(values: Mapping[str, np.ndarray], objective: str) -> dict[str, Any]:
    """Makes the score of a scheme from its values image by image: the mean of each metric, and the answers.

    Args:
        values: By the name of a metric, its value for every image, (images,).
        objective: The metric whose values are kept as the answers, if all of them are 0 or 1.
    """
    score: dict[str, Any] = {name: float(np.mean(each)) for name, each in values.items()}
    if objective in values and right_or_wrong(values[objective]):
        score[ANSWERS] = to_text(values[objective])
    return score


class Paired(NamedTuple):
    """How much better one scheme is than another on the images that both were shown.

    Attributes:
        difference: The difference of their accuracies, −1 … 1.
        error: Its standard error: how much it varies from one set of so many images to another.
        images: The number of images.
    """

    difference: float
    error: float
    images: int


def paired(first: np.ndarray, second: np.ndarray) -> Paired:
    """Compares the answers of two schemes, (images,) each, on the images that both were shown, which come first.

    Only images on which the two differ count for the error, so that it is much smaller than that of either accuracy.
    Half an image more for either scheme keeps it from being 0 where they hardly differ (Agresti and Min, Biostatistics
    6, 2005).
    """
    images = min(len(first), len(second))
    apart = np.asarray(first[:images], "float64") - np.asarray(second[:images], "float64")
    difference = float(apart.mean())
    variance = (float(((apart - difference) ** 2).sum()) + 1) / (images + 1)
    return Paired(difference, math.sqrt(variance / images), images)
