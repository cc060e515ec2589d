"""The contract of an evaluator: metrics of schemes, and what a search has to know about where they come from."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ean.measure.effort import Effort
from keras_ean.registry import Registry
from keras_ean.scheme import Scheme

evaluators: Registry["Evaluator"] = Registry("evaluator")
register = evaluators.register


class Evaluator:
    """Scores schemes for a search; a subclass overrides the defaults that do not hold for it.

    It implements `score`, or, if it tells its metrics image by image, `outcomes`, whose means are the scores.

    Registered by a name, it can be asked for in the configuration of a run (`search.evaluator`). It is then made with
    those of `keras_ean.search.offered` that are arguments of its own, and with the options that the configuration
    gives.

    Attributes:
        noisy: Whether a scheme that is scored again gets another score, so that contenders are worth scoring again.
        schemes_per_pass: The number of schemes that are cheaper to score together than one by one; the search hands
            over so many of a batch at once. It may depend on the machine, since scores do not depend on it.
        images: The number of images in the validation set, from which the sampling error of an accuracy is computed;
            None if there is no such number.
        pretrained: Whether scores come from the supernet's trained weights. A run whose networks start from scratch
            trains no supernet for an evaluator that does without.
        repeats: How many further scores of a scheme a noisy evaluator can give; None if there is no end to them.
        by_image: Whether `outcomes` tells the metrics image by image, so that the search knows the noise of the
            difference of two schemes. An evaluator that is noisy does not.
        images_per_pass: The number of images that are as cheap as one, so that racing looks at multiples of it.

    Example:
        >>> class Density(Evaluator):
        ...     def score(self, schemes, share=1.0, repeat=0):
        ...         return [{"accuracy": scheme.density} for scheme in schemes]
        >>> Density().score([Scheme("10 11")])
        [{'accuracy': 0.75}]
    """

    noisy: bool = False
    schemes_per_pass: int = 1
    images: int | None = None
    repeats: int | None = None
    pretrained: bool = True
    by_image: bool = False
    images_per_pass: int = 1

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Scores schemes, and gives the metrics of each by their names, in the order of the schemes.

        Args:
            schemes: The schemes to score, of the stages that the evaluator was made for.
            share: The share of the validation set to look at, above 0 and at most 1.
            repeat: The number of the independent score that is wanted; only a noisy evaluator is asked for others than
                0, and it gives the same score for the same number.

        Raises:
            ValueError: The share is not above 0 and at most 1, or a scheme does not fit the stages.
        """
        if not self.by_image or self.images is None:
            raise NotImplementedError(f"{type(self).__name__} must implement score(schemes, share, repeat).")
        check_share(share)
        found = self.outcomes(schemes, last=math.ceil(share * self.images))
        return [{name: float(np.mean(values[row])) for name, values in found.items()} for row in range(len(schemes))]

    def outcomes(self, schemes: Sequence[Scheme], first: int = 0, last: int | None = None) -> dict[str, np.ndarray]:
        """Gives the metrics of schemes image by image, by their names, (schemes, images) each; `score` gives their
        means.

        The images are numbered from 0 in one fixed random order, which is that of a share of them.

        Args:
            schemes: The schemes to score, of the stages that the evaluator was made for.
            first: The number of the first image to look at.
            last: The number of the image before which to stop; None takes all that are left.
        """
        raise NotImplementedError(f"{type(self).__name__} has by_image = {self.by_image}, and no outcomes.")

    @classmethod
    def check_backend(cls) -> None:
        """Raises a ValueError on a backend that the evaluator cannot score on; a run asks before it trains anything."""

    @classmethod
    def effort(cls, train: int, validation: int, calibration: int, **options: Any) -> Effort:
        """Says how many images one score of one scheme takes, before an evaluator is made; a plan of a run adds it up.

        Args:
            train: The number of training images.
            validation: The number of validation images.
            calibration: The number of images on which BatchNorm statistics are estimated anew; 0 if they are not.
            options: The options of the evaluator that were chosen.
        """
        return Effort(forward=validation)

    def settings(self) -> dict[str, Any]:
        """Gives all that decides on scores, as JSON values: a search that is resumed and all its workers must have the
        same.

        What only decides on speed, or depends on the machine, is no part of it.
        """
        return {}


def check_share(share: float) -> None:
    """ValueError unless it is a share of the validation set."""
    if not 0 < share <= 1:
        raise ValueError(f"The share of the validation set is above 0 and at most 1, not {share!r}.")
