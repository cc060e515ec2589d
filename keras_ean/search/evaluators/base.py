"""The contract of an evaluator: metrics of schemes, and what a search has to know about where they come from."""

from collections.abc import Sequence
from typing import Any

from keras_ean.measure.effort import Effort
from keras_ean.registry import Registry
from keras_ean.scheme import Scheme

evaluators: Registry["Evaluator"] = Registry("evaluator")
register = evaluators.register


class Evaluator:
    """Scores schemes for a search; a subclass implements `score`, and overrides the defaults that do not hold for it.

    Registered by a name, it can be asked for in the configuration of a run (`search.evaluator`). It is then made with
    those of `keras_ean.search.offered` that are arguments of its own, and with the options that the configuration
    gives.

    Attributes:
        noisy: Whether a scheme scored again gives another score, so that contenders are worth scoring repeatedly.
        schemes_per_pass: Schemes that are scored together for less than they cost one by one; the search hands over so
            many of a batch at once. It may depend on the machine, since scores do not depend on it.
        images: The images of the validation set, for the sampling error of an accuracy; None if there is no such
            number.
        pretrained: Whether scores come from the supernet's trained weights. A run whose networks start from scratch
            trains no supernet for an evaluator that does without.
        repeats: Further scores that a noisy evaluator can give of a scheme; None if there is no end to them.

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

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Scores schemes: gives the metrics of every one, by name.

        Args:
            schemes: The schemes of the stages that the evaluator was made for.
            share: Part of the validation set to look at, above 0 and at most 1.
            repeat: Number of the independent score that is wanted; only noisy evaluators are asked for others than 0.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement score(schemes, share, repeat).")

    @classmethod
    def check_backend(cls) -> None:
        """Raises a ValueError on a backend that it cannot score on; a run asks before it trains anything."""

    @classmethod
    def effort(cls, train: int, validation: int, calibration: int, **options: Any) -> Effort:
        """Says what one score of one scheme takes, before an evaluator is made.

        Args:
            train, validation, calibration: Numbers of images.
            options: Those of the evaluator that were chosen.
        """
        return Effort(forward=validation)

    def settings(self) -> dict[str, Any]:
        """Gives JSON values that decide on scores: they must be equal when a search is resumed, and on all its workers.

        What only decides on speed, or depends on the machine, is no part of them.
        """
        return {}
