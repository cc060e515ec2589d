"""One scored scheme: the unit that searchers learn from and the store keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_ean.scheme import Scheme

Bits = tuple[int, ...]


@dataclass(frozen=True)
class Evaluation:
    """A scheme with its reward and everything the reward was made of.

    Attributes:
        bits: one 0 or 1 per block.
        reward: what the user asked to maximise, without any searcher's bonus.
        parts: the terms of the reward, unweighted, by name.
        metrics: what the evaluation reported, by name.
        share: part of the validation set that was looked at; below 1 for a scheme given up early.
        step: the controller step (or generation) that asked for it.
        trial: Keras Tuner's trial id.
        origin: "search", "repeat" for a contender scored again, "random" for a scheme of random search alone.
        seconds: from issue to result.
        stages: blocks per stage; None takes all blocks for one stage.
        repeat: 0 for the first score of a scheme; those that a noisy evaluator gives later are numbered from 1.

    Example:
        >>> Evaluation((1, 0, 1), reward=0.9).text
        '101'
    """

    bits: Bits
    reward: float
    parts: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    share: float = 1.0
    step: int = 0
    trial: str = ""
    origin: str = "search"
    seconds: float = 0.0
    stages: tuple[int, ...] | None = None
    repeat: int = 0

    @property
    def text(self) -> str:
        """The bits as "101…"."""
        return "".join(map(str, self.bits))

    @property
    def scheme(self) -> Scheme:
        return Scheme(self.bits, self.stages or (len(self.bits),))

    def row(self) -> dict[str, Any]:
        """Flat, for tables: the scheme, the reward, its parts, the metrics, and where they came from."""
        return {
            "scheme": str(self.scheme),
            "connections": sum(self.bits),
            "reward": self.reward,
            **self.parts,
            **self.metrics,
            "share": self.share,
            "step": self.step,
            "origin": self.origin,
            "repeat": self.repeat,
            "trial": self.trial,
            "seconds": self.seconds,
        }
