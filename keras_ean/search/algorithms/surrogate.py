"""Search by regression: predict every scheme's reward from all scored ones, and score the most promising."""

from typing import Any

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import check_least, register
from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.evaluation import bits_of
from keras_ean.search.gaussian_process import GaussianProcess, representative

LITTLE_NOISE = 0.01
"""Of the variance of the rewards."""


@register("surrogate")
class Surrogate(Stratified):
    """Predicts the reward of any scheme from all scored ones, and scores the most promising schemes.

    It starts with random schemes in complementary pairs; then it fits a `GaussianProcess` to the rewards, and climbs
    its predictions from the best schemes, block by block. A scheme and its complement together show every block once
    on and once off, so main effects are estimated with the least variance (a foldover design).

    Args:
        common, named: See `Searcher`.
        warmup: The number of schemes before the first regression; 0 takes half the number of blocks, 12 at least.
        optimism: The most standard deviations that are added to the predicted mean where a scheme is chosen; how many
            is drawn between 0 and this for each proposal, so that uncertain schemes are tried too.
        starts: The number of best schemes from which a climb may start; or it starts from a random one.
        patience: The number of batches in a row without a climb to an unscored scheme after which the search has
            converged, if the rewards have little noise. Such batches are random, and go on improving the regression if
            there is noise.
        most: The most evaluations that enter the regression, which are the latest and the highest ones.

    Example:
        >>> from keras_ean.search.evaluation import Evaluation
        >>> searcher = Surrogate((3, 3), samples=4, seed=0)
        >>> for _ in range(8):
        ...     batch = searcher.propose()
        ...     searcher.observe([Evaluation(one, one.bits[0] - one.bits[1] + one.bits[5]) for one in batch])
        >>> searcher.best().reward
        2
    """

    stateful = (*Stratified.stateful, "pending", "choice", "chosen_at", "idle")

    def __init__(
        self,
        *common: Any,
        warmup: int = 0,
        optimism: float = 2.0,
        starts: int = 4,
        patience: int = 10,
        most: int = 600,
        **named: Any,
    ):
        super().__init__(*common, **named)
        check_least(0, warmup=warmup, optimism=optimism, patience=patience)
        check_least(1, starts=starts, most=most)
        self.warmup = warmup or max(12, self.blocks // 2)
        self.optimism, self.starts, self.patience = optimism, starts, patience
        self.idle, self.most = 0, most
        self.pending: list[int] | None = None
        self.choice: list | None = None
        self.chosen_at = 0

    def propose(self) -> list[Scheme]:
        if len(self.history) < self.warmup:
            return self.fresh(self.folded, self.samples)
        scored = bits_of(self.history)
        rewards = np.array([evaluation.reward for evaluation in self.history.values()])
        kept = representative(rewards, self.most)
        scored, rewards = scored[kept], rewards[kept]
        if self.choice is None or len(self.history) >= 1.2 * self.chosen_at:
            self.choice, self.chosen_at = list(GaussianProcess(scored, rewards).choice), len(self.history)
        name, scale, noise = self.choice
        model = GaussianProcess(scored, rewards, (name, scale, noise))
        best = scored[np.argsort(-rewards, kind="stable")[: self.starts]]
        found: dict[Scheme, None] = {}
        for _ in range(3 * self.samples):
            scheme = self.climb(model, best)
            if scheme not in self.history:
                found[scheme] = None
            if len(found) == self.samples:
                break
        self.idle = 0 if found else self.idle + 1
        return list(found) or self.fresh(self.folded, self.samples)

    @property
    def converged(self) -> str | None:
        if self.idle < self.patience or self.choice is None or self.choice[2] > LITTLE_NOISE:
            return None
        return f"the regression has led to no unscored scheme in {self.idle} batches"

    def folded(self) -> Scheme:
        """A random scheme, and the next time its complement."""
        if self.pending is not None:
            bits, self.pending = self.pending, None
            return self.admitted(bits)
        drawn = [int(bit) for bit in self.random.random(self.blocks) < 0.5]
        self.pending = [1 - bit for bit in drawn]
        return self.admitted(drawn)

    def climb(self, model: GaussianProcess, best: np.ndarray) -> Scheme:
        """Climbs the mean from a good or a random scheme; there, takes the unscored neighbour of the highest bound."""
        starts = [*best, self.random.integers(0, 2, self.blocks)]
        bits = starts[int(self.random.integers(len(starts)))]
        flips = np.concatenate([np.zeros((1, self.blocks), int), np.eye(self.blocks, dtype=int)])
        while True:
            neighbours = bits ^ flips
            means = model.expect(neighbours)
            move = int(np.argmax(means))
            if means[move] <= means[0]:
                break
            bits = neighbours[move]
        mean, deviation = model.predict(neighbours)
        scored = [self.scheme(row) in self.history for row in neighbours]
        bound = mean + self.random.uniform(0, self.optimism) * deviation
        return self.admitted(neighbours[int(np.argmax(np.where(scored, -np.inf, bound)))])
