"""Giving up hopeless schemes early: a share of the validation set first, the whole of it for contenders."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from keras_tuner.errors import FatalValueError

from keras_ean.option_types import type_faults
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator


@dataclass(frozen=True)
class EarlyStopping:
    """Saves time by giving up hopeless schemes after a share of the validation images.

    A scheme is scored on the whole set only if its accuracy on the share, plus a margin, reaches the bar, which is the
    accuracy with which it would equal the best reward so far. The margin is `z` standard errors of the difference
    between the share's accuracy p and the whole set's, √(p (1 − p) (1 − share) / n) with n images in the share. A
    hopeless scheme keeps the share's score; it is never named the best. The margin is that of an accuracy, so that
    other objectives are refused; `Racing` takes losses, too.

    Args:
        share: The share of the validation set that every scheme is scored on first, above 0 and below 1.
        z: The number of standard errors in the margin; with more of them fewer good schemes are given up.

    Raises:
        ValueError: The share is not between 0 and 1, or `z` is below 0.

    Example:
        >>> class Density(Evaluator):
        ...     images = 1000
        ...     def score(self, schemes, share=1.0, repeat=0):
        ...         return [{"accuracy": scheme.density} for scheme in schemes]
        >>> schemes = [Scheme("0000"), Scheme("1111")]
        >>> EarlyStopping(share=0.2).score(Density(), schemes, bars=[0.9, 0.9])
        [{'accuracy': 0.0, 'share': 0.2}, {'accuracy': 1.0}]
    """

    share: float = 0.25
    z: float = 2.0

    def __post_init__(self):
        if faults := type_faults(type(self), asdict(self)):
            raise ValueError(f"{type(self).__name__}: {'; '.join(faults)}.")
        if not 0 < self.share < 1:
            raise ValueError(f"The share of the validation set looked at first is between 0 and 1, not {self.share!r}.")
        if not self.z >= 0:
            raise ValueError(f"z is 0 or more, not {self.z!r}.")

    def score(
        self,
        evaluator: Evaluator,
        schemes: Sequence[Scheme],
        bars: Sequence[float | None],
        metric: str = "accuracy",
        leader: np.ndarray | None = None,
        direction: str = "max",
    ) -> list[dict[str, float]]:
        """Gives the metrics of each scheme by their names; those of a hopeless one have its "share" among them.

        Args:
            evaluator: The evaluator that scores the schemes.
            schemes: The schemes to score.
            bars: The accuracy, 0 … 1, that each of them must be able to reach; None has it scored on the whole set.
            metric: The evaluator's name for the accuracy.
            leader: The answers of the best scheme so far, at which only `Racing` looks.
            direction: Whether more of the metric is better; of an accuracy, "max".

        Raises:
            ValueError: The evaluator does not say how many images it has, or less of the metric is better.
            FatalValueError: A score is not between 0 and 1, so that the metric is no accuracy; it is a ValueError at
                which Keras Tuner stops.
        """
        if direction != "max":
            raise ValueError(f"EarlyStopping compares accuracies, but less {metric} is better; Racing takes that, too.")
        images = self.images_of(evaluator)
        first = evaluator.score(schemes, share=self.share)
        shown = math.ceil(self.share * images)
        for score in first:
            if not (0 <= score[metric] <= 1 or math.isnan(score[metric])):
                raise FatalValueError(
                    f"EarlyStopping compares accuracies, which are 0 … 1, but {metric} is {score[metric]!r}; Racing "
                    "takes others, too."
                )
        hopeless = [
            bar is not None and score[metric] + self.margin(score[metric], shown) < bar
            for score, bar in zip(first, bars, strict=True)
        ]
        contenders = [scheme for scheme, out in zip(schemes, hopeless, strict=True) if not out]
        whole = iter(evaluator.score(contenders) if contenders else [])
        return [
            {**score, "share": self.share} if out else dict(next(whole))
            for score, out in zip(first, hopeless, strict=True)
        ]

    def images_of(self, evaluator: Evaluator) -> int:
        """Gives the number of images of an `evaluator`; a ValueError unless it says how many it has."""
        if evaluator.images is None:
            raise ValueError(
                "EarlyStopping needs the number of validation images for its margin; set `images` of "
                f"{type(evaluator).__name__}, or search without it."
            )
        return evaluator.images

    def margin(self, accuracy: float, images: int) -> float:
        """Gives by how much an accuracy on the share of the images may fall below that on all of them.

        Args:
            accuracy: The accuracy on the share, 0 … 1.
            images: The number of images in the share.
        """
        # At an accuracy of 0 or 1 the estimated spread would be 0, so one image is moved to the other side.
        p = np.clip(accuracy, 1 / (images + 1), images / (images + 1))
        return self.z * math.sqrt(p * (1 - p) * (1 - self.share) / images)

    def settings(self) -> dict[str, float]:
        """Gives the share and `z`, which must be the same when a search is resumed."""
        return asdict(self)
