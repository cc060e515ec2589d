"""One scored scheme: the unit that searchers learn from and the store keeps."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from keras_ean.scheme import Scheme


class Numbers(Mapping[str, float]):
    """Numbers by their names, in the order of the names; a dict that takes a third of the memory of one.

    Args:
        values: The numbers by their names.

    Example:
        >>> Numbers({"loss": 0.5, "accuracy": 1})
        {'accuracy': 1.0, 'loss': 0.5}
        >>> Numbers({"loss": 0.5}) == {"loss": 0.5}
        True
    """

    __slots__ = ("_names", "_values")

    def __init__(self, values: Mapping[str, float]):
        self._names = _shared(tuple(sorted(values)))
        self._values = struct.pack(f"{len(self._names)}d", *map(values.__getitem__, self._names))

    def __getitem__(self, name: str) -> float:
        if name not in self._names:
            raise KeyError(name)
        return struct.unpack_from("d", self._values, 8 * self._names.index(name))[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


@lru_cache(maxsize=256)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    return names


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Holds a scheme with its reward and everything the reward was made of.

    Attributes:
        scheme: The scheme that was scored.
        reward: What the search maximises, without a bonus that a search algorithm may add.
        parts: The terms of the reward by their names, as measured and not weighted.
        metrics: What the evaluator reported, by its names, such as "accuracy" (0 … 1).
        share: The share of the validation set that was looked at, 0 … 1; below 1 for a scheme given up early.
        step: The number of the batch in which the search algorithm proposed it.
        trial: The id of Keras Tuner's trial.
        origin: What asked for it: "search"; "repeat" for a contender that is scored again; or "random" for a scheme of
            the random search that the search is compared with.
        seconds: The seconds from handing the scheme out to its result.
        repeat: The number of the score: 0 for the first of a scheme, from 1 on for further ones by a noisy evaluator.
        answers: Which of the images that were looked at the scheme gets right, as `keras_ean.search.answers` packs it;
            None where the evaluator does not tell. `outcome.differences` compares schemes by it.

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
    answers: str | None = field(default=None, repr=False)

    @property
    def bits(self) -> tuple[int, ...]:
        """These are the bits of the scheme, 0 or 1 for each block."""
        return self.scheme.bits

    def row(self) -> dict[str, Any]:
        """Makes a flat row for a table: the scheme, the metrics, the reward, its parts, and where they came from."""
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
