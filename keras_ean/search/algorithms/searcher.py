"""The contract of a search algorithm: propose schemes, observe their rewards. It knows nothing of Keras Tuner."""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from keras_ean.registry import Registry
from keras_ean.scheme import Scheme, check_stages
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.state import Stateful

MOST = 100_000
"""Schemes of a batch."""
COUNTED = 12
"""Blocks up to which all schemes are looked at one by one."""
searchers: Registry["Searcher"] = Registry("search algorithm")
register = searchers.register


def check_least(least: float, **options: float) -> None:
    """ValueError for an option below its least value."""
    for name, value in options.items():
        if not value >= least:
            raise ValueError(f"{name} is {least} or more, not {value!r}.")


class Searcher(Stateful):
    """Serves as the base of the search algorithms; a subclass implements `propose` and may extend `observe`.

    The host asks for a batch, has each scheme of it scored that was never scored before, and hands all back in the
    order of the batch. So what a searcher does depends on its seed and the rewards alone, never on arrival order.

    Args:
        stages: Residual blocks per stage.
        samples: Schemes per batch.
        seed: The seed of everything random.
        admits: Whether a scheme keeps the hard limits; None admits all.

    Attributes:
        history: Every evaluation observed, by its scheme, in the order of observation. Not part of the state: the host
            keeps evaluations itself and fills it on `restore`.

    Raises:
        ValueError: A number of schemes below 1.

    Example:
        >>> class Coin(Searcher):
        ...     def propose(self):
        ...         return [self.draw(0.5) for _ in range(self.samples)]
        >>> len(Coin((3, 3), samples=4, seed=0).propose())
        4
    """

    stateful: ClassVar[tuple[str, ...]] = ("random",)

    def __init__(
        self,
        stages: Sequence[int],
        samples: int = 3,
        seed: int = 0,
        admits: Callable[[Scheme], bool] | None = None,
    ):
        self.stages = check_stages(stages)
        self.blocks = sum(self.stages)
        self.samples = samples
        self.admits = admits or (lambda scheme: True)
        self.random = np.random.default_rng(seed)
        self.history: dict[Scheme, Evaluation] = {}
        if isinstance(samples, bool) or int(samples) != samples or not 1 <= samples <= MOST:
            raise ValueError(f"samples is a whole number of schemes per batch from 1 to {MOST:,}, not {samples!r}.")
        if not self.admits(Scheme.empty(self.stages)):
            raise ValueError(
                "No scheme keeps the limits: even the one without attention exceeds them. Raise max_connections or the "
                "limits of the costs."
            )

    def check_parts(self, parts: Collection[str]) -> None:
        """Checks that it looks at no other parts of the reward than these; most look at none.

        Args:
            parts: Names of the parts of the reward.

        Raises:
            ValueError: It looks at a part that there is not.
        """

    def propose(self) -> list[Scheme]:
        """Gives the next batch, which may repeat schemes and contain scored ones. An empty one means finished."""
        raise NotImplementedError

    def observe(self, batch: Sequence[Evaluation]) -> None:
        """Learns from a scored batch, in the order proposed."""
        for evaluation in batch:
            self.history.setdefault(evaluation.scheme, evaluation)

    @property
    def converged(self) -> str | None:
        """Says why there is nothing more to do, or None."""
        return None

    def summary(self) -> dict[str, float]:
        """Gives scalars worth logging after each step."""
        return {}

    def probabilities(self) -> np.ndarray | None:
        """Says how likely each block is to be connected, (blocks,), for searchers that have such a thing."""
        return None

    def scheme(self, bits: Sequence[int] | np.ndarray) -> Scheme:
        """Gives the scheme of these bits, (blocks,) of 0 and 1 or of truth values."""
        return Scheme.unchecked(tuple(np.asarray(bits, int).tolist()), self.stages)

    def draw(self, density: float | np.ndarray) -> Scheme:
        """Draws an admitted scheme, each block connected with probability `density`."""
        return self.admitted(self.random.random(self.blocks) < density)

    def admitted(self, bits: Sequence[int] | np.ndarray) -> Scheme:
        """Gives the scheme of these bits, with random connections left out until it keeps the limits."""
        scheme = self.scheme(bits)
        while not self.admits(scheme):
            scheme = scheme.flipped(int(self.random.choice(np.flatnonzero(scheme.bits))))
        return scheme

    def best(self) -> Evaluation | None:
        """Gives the evaluation of the highest reward on the whole validation set; the first of equals."""
        scored = [evaluation for evaluation in self.history.values() if evaluation.share == 1]
        return max(scored, key=lambda evaluation: evaluation.reward, default=None)

    def fresh(self, draw: Callable[[], Scheme], count: int, tries: int = 100) -> list[Scheme]:
        """Draws up to `count` distinct schemes that were never scored.

        They are drawn; where drawing fails `tries` times, any unscored scheme is taken, if the space is small enough to
        look for one.

        Args:
            draw: Gives a scheme; it is called until enough new ones have come up, or hardly any do.
            count: How many at most.
        """
        found: dict[Scheme, None] = {}
        for _ in range(count):
            for _ in range(tries):
                scheme = draw()
                if scheme not in self.history and scheme not in found:
                    found[scheme] = None
                    break
            else:
                left = self._unscored(found)
                if not left:
                    break
                found[left[int(self.random.integers(len(left)))]] = None
        return list(found)

    def _unscored(self, found: Collection[Scheme]) -> list[Scheme]:
        if self.blocks > COUNTED:
            return []
        every = Scheme.every(self.stages)
        return [one for one in every if one not in self.history and one not in found and self.admits(one)]

    @cached_property
    def space(self) -> int:
        """Counts the schemes that keep the limits; with more than `COUNTED` blocks, all that there are."""
        if self.blocks > COUNTED:
            return 2**self.blocks
        return sum(map(self.admits, Scheme.every(self.stages)))
