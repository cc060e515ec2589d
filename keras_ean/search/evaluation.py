"""One scored scheme: the unit that searchers learn from and the store keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_ean.scheme import Scheme


@dataclass(frozen=True)
class Evaluation:
    """Holds a scheme with its reward and everything the reward was made of.

    Attributes:
        scheme: The scheme.
        reward: What the user asked to maximise, without any searcher's bonus.
        parts: The terms of the reward, unweighted, by name.
        metrics: What the evaluation reported, by name.
        share: Part of the validation set that was looked at; below 1 for a scheme given up early.
        step: The controller step (or generation) that asked for it.
        trial: Keras Tuner's trial id.
        origin: "search", "repeat" for a contender scored again, "random" for a scheme of random search alone.
        seconds: Seconds from issue to result.
        repeat: 0 for the first score of a scheme; those that a noisy evaluator gives later are numbered from 1.

    Example:
        >>> Evaluation(Scheme("10 1"), reward=0.9).row()["connections"]
        2
    """

    scheme: Scheme
    reward: float
    parts: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    share: float = 1.0
    step: int = 0
    trial: str = ""
    origin: str = "search"
    seconds: float = 0.0
    repeat: int = 0

    @property
    def bits(self) -> tuple[int, ...]:
        """These are the scheme's bits, one per block."""
        return self.scheme.bits

    def row(self) -> dict[str, Any]:
        """Makes a flat row for tables: the scheme, the reward, its parts, the metrics, and where they came from."""
        return {
            "scheme": str(self.scheme),
            "connections": sum(self.scheme.bits),
            **self.metrics,
            "reward": self.reward,
            **self.parts,
            "share": self.share,
            "step": self.step,
            "origin": self.origin,
            "repeat": self.repeat,
            "trial": self.trial,
            "seconds": self.seconds,
        }


def bits_of(schemes: Iterable[Scheme]) -> np.ndarray:
    """The schemes as rows of 0 and 1, (schemes, blocks)."""
    return np.array([scheme.bits for scheme in schemes])
