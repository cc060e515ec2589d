"""Racing: every scheme is shown more and more images, until it is sure to be behind the best one so far."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from keras_ean.option_types import type_faults
from keras_ean.scheme import Scheme
from keras_ean.search.answers import paired, score_of
from keras_ean.search.evaluators.base import Evaluator


@dataclass(frozen=True)
class Racing:
    """Saves time by showing a scheme only as many validation images as it takes to see that it is behind.

    Images are shown in one fixed random order: a first share of them, and then twice as many each time. After each
    look a scheme is compared with the best one so far, the *leader*, image by image. It goes on as long as its
    difference in the objective, plus a margin, reaches the difference that would make up for what sparsity and costs
    put between them. The objective may be any that the evaluator tells image by image, an accuracy or a loss. The
    margin is `z` standard errors of what the rest of the images may add to the difference: only the images on which the
    two differ count, so that it is much smaller than that of `EarlyStopping`, and no image is looked at twice
    (Hoeffding races, Maron and Moore, 1993, with the rungs of successive halving). A scheme that falls behind keeps its
    score on the images that it was shown; it is never named the best.

    Args:
        share: The share of the validation images that every scheme is shown first, above 0 and below 1.
        z: The number of standard errors in the margin; with more of them fewer good schemes fall out.
        tolerance: By how much a scheme must be able to beat the leader to go on, in units of the objective.

    Raises:
        ValueError: The share is not between 0 and 1, or `z` or `tolerance` are below 0.

    Example:
        >>> class Easy(Evaluator):
        ...     images, by_image = 1000, True
        ...     def outcomes(self, schemes, first=0, last=None):
        ...         hard = np.arange(first, last or self.images) % 10 / 10
        ...         return {"accuracy": np.array([hard < scheme.density for scheme in schemes])}
        >>> leader = np.arange(1000) % 10 < 9
        >>> [score] = Racing().score(Easy(), [Scheme("1000")], bars=[0.9], leader=leader)
        >>> round(score["accuracy"], 3), score["share"]
        (0.333, 0.063)
    """

    share: float = 1 / 16
    z: float = 2.0
    tolerance: float = 0.0

    def __post_init__(self):
        if faults := type_faults(type(self), asdict(self)):
            raise ValueError(f"{type(self).__name__}: {'; '.join(faults)}.")
        if not 0 < self.share < 1:
            raise ValueError(f"The share of the validation set looked at first is between 0 and 1, not {self.share!r}.")
        for name in ("z", "tolerance"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is 0 or more, not {getattr(self, name)!r}.")

    def score(
        self,
        evaluator: Evaluator,
        schemes: Sequence[Scheme],
        bars: Sequence[float | None],
        metric: str = "accuracy",
        leader: np.ndarray | None = None,
        direction: str = "max",
    ) -> list[dict[str, Any]]:
        """Gives the metrics of each scheme by their names; those of one that fell behind have its "share" among them.

        Args:
            evaluator: The evaluator that scores the schemes.
            schemes: The schemes to score.
            bars: The value of the objective that each of them must be able to reach; None shows it all images.
            metric: The evaluator's name for the objective.
            leader: The answers of the best scheme so far, (images,), 0 or 1 of an accuracy, or losses; None shows every
                scheme all images.
            direction: Whether more of the objective is better, "max", or less, "min".

        Raises:
            ValueError: The evaluator does not tell its scores image by image.
        """
        images = self.images_of(evaluator)
        sign = 1 if direction == "max" else -1
        parts: list[list[dict[str, np.ndarray]]] = [[] for _ in schemes]
        running, first = list(range(len(schemes))), 0
        for last in self.rungs(images, evaluator.images_per_pass):
            found = evaluator.outcomes([schemes[index] for index in running], first, last)
            for row, index in enumerate(running):
                parts[index].append({name: values[row] for name, values in found.items()})
            first = last
            if leader is not None:
                shown = {index: np.concatenate([part[metric] for part in parts[index]]) for index in running}
                running = [index for index in running if not self._behind(shown[index], leader, bars[index], sign)]
            if not running:
                break
        scores = []
        for one in parts:
            values = {name: np.concatenate([part[name] for part in one]) for name in one[0]}
            count = len(values[metric])
            share = {} if count == images else {"share": count / images}
            scores.append({**score_of(values, metric), **share})
        return scores

    def images_of(self, evaluator: Evaluator) -> int:
        """Gives the number of images of an `evaluator`; a ValueError unless it tells its scores image by image."""
        if not evaluator.by_image or evaluator.images is None:
            raise ValueError(
                f"Racing compares schemes image by image, which {type(evaluator).__name__} does not tell: give "
                "evaluator=ean.search.SupernetEvaluator(…) or HeldEvaluator(…), or search without racing."
            )
        return evaluator.images

    def rungs(self, images: int, images_per_pass: int = 1) -> list[int]:
        """Gives the numbers of images after which schemes are compared, the last of them all images.

        Args:
            images: The number of images in the validation set.
            images_per_pass: The number of images of which each but the last is a multiple.
        """
        passes = math.ceil(self.share * images / images_per_pass)
        found = []
        while passes * images_per_pass < images:
            found.append(passes * images_per_pass)
            passes *= 2
        return [*found, images]

    def _behind(self, answers: np.ndarray, leader: np.ndarray, bar: float | None, sign: int) -> bool:
        """Whether a scheme of these answers, on the first images, is sure not to reach the bar on all of them."""
        if bar is None:
            return False
        found = paired(answers, leader)
        margin = self.z * found.error * math.sqrt(1 - found.images / len(leader))
        return sign * found.difference + margin < sign * (bar - float(leader.mean())) + self.tolerance

    def settings(self) -> dict[str, float]:
        """Gives all options, which must be the same when a search is resumed."""
        return asdict(self)
