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

    The search asks for a batch, has each scheme of it scored that was never scored before, and hands all back in the
    order of the batch. So what a searcher does depends on its seed and the rewards alone, never on arrival order.

    Args:
        stages: The numbers of residual blocks in each stage, such as (3, 3, 3).
        samples: The number of schemes in a batch, from 1 on.
        seed: The seed of everything random.
        admits: A function that says whether a scheme keeps the hard limits; None admits all.

    Attributes:
        history: The first evaluation of every scheme observed, by the scheme, in the order of observation. It is no
            part of the state, since the search keeps evaluations itself, and fills it in when a searcher is restored.

    Raises:
        ValueError: `samples` is not a whole number from 1 on, or even the scheme without attention breaks the limits.

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
        """Refuses a reward that lacks a part which the algorithm looks at; most look at none.

        Args:
            parts: The names of the parts that the reward has.

        Raises:
            ValueError: The algorithm looks at a part that the reward does not have.
        """

    def propose(self) -> list[Scheme]:
        """Gives the next batch of schemes, which may have scored and equal ones; an empty one ends the search."""
        raise NotImplementedError

    def observe(self, batch: Sequence[Evaluation]) -> None:
        """Learns from a scored batch; a subclass that extends this calls `super().observe(batch)`.

        Args:
            batch: The evaluations of the schemes that `propose` gave, in the same order.
        """
        for evaluation in batch:
            self.history.setdefault(evaluation.scheme, evaluation)

    @property
    def converged(self) -> str | None:
        """Says why the algorithm has nothing more to do; None while it has."""
        return None

    def summary(self) -> dict[str, float]:
        """Gives numbers by their names that are worth logging after each batch, such as a policy's entropy."""
        return {}

    def probabilities(self) -> np.ndarray | None:
        """Says how likely the algorithm is to connect each block, (blocks,) of 0 … 1; None if it does not know."""
        return None

    def scheme(self, bits: Sequence[int] | np.ndarray) -> Scheme:
        """Makes a scheme of the searcher's stages.

        Args:
            bits: The bits of all blocks, (blocks,), as 0 and 1 or as truth values.
        """
        return Scheme.unchecked(tuple(np.asarray(bits, int).tolist()), self.stages)

    def draw(self, density: float | np.ndarray) -> Scheme:
        """Draws a random scheme that keeps the limits.

        Args:
            density: The probability, 0 … 1, that a block is connected: one for all, or one for each block, (blocks,).
        """
        return self.admitted(self.random.random(self.blocks) < density)

    def admitted(self, bits: Sequence[int] | np.ndarray) -> Scheme:
        """Makes a scheme that keeps the limits, by leaving out connections at random until it does.

        Args:
            bits: The bits of all blocks, (blocks,), as 0 and 1 or as truth values.
        """
        scheme = self.scheme(bits)
        while not self.admits(scheme):
            scheme = scheme.flipped(int(self.random.choice(np.flatnonzero(scheme.bits))))
        return scheme

    def best(self) -> Evaluation | None:
        """Gives the evaluation with the highest reward on the whole validation set, the first of equal ones.

        It is None if no scheme was scored on the whole validation set.
        """
        scored = [evaluation for evaluation in self.history.values() if evaluation.share == 1]
        return max(scored, key=lambda evaluation: evaluation.reward, default=None)

    def fresh(self, draw: Callable[[], Scheme], count: int, tries: int = 100) -> list[Scheme]:
        """Draws distinct schemes that were never scored.

        There may be fewer than asked for, where hardly any unscored scheme is left.

        Args:
            draw: A function that draws a scheme.
            count: The number of schemes wanted.
            tries: How often `draw` is called for each of them; if none was new, any unscored scheme is taken, where the
                space is small enough (up to 12 blocks) to look for one.
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
        """Counts the schemes that keep the limits; with more than 12 blocks, all 2^blocks schemes."""
        if self.blocks > COUNTED:
            return 2**self.blocks
        return sum(map(self.admits, Scheme.every(self.stages)))
