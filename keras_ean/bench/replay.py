"""Searches replayed against a table, in milliseconds."""

from collections.abc import Sequence

import numpy as np

from keras_ean.bench.table import Table
from keras_ean.data.digest import digest
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator


class ReplayEvaluator(Evaluator):
    """Scores a scheme by one of its trainings in a table, as if `TrainingEvaluator` had just trained it.

    Args:
        table: The table that the accuracies are read from.
        seeds: The trainings to draw from, by their columns in `table.accuracy`; leave some out, and judge the scheme
            that is named by those. None takes all.
        seed: The seed that decides in which order a scheme's trainings are given.
        common: Whether the order is the same for all schemes, so that compared trainings have the same initial weights,
            as in `TrainingEvaluator`; otherwise every scheme has an order of its own.
        epoch: The epoch, counted from 1, after which the validation accuracy is the score; None takes the test accuracy
            at the end of the training.

    Example:
        >>> from keras_ean import bench
        >>> table = bench.load("digits-light-8")
        >>> evaluator = ReplayEvaluator(table, seeds=(0, 1, 2))
        >>> [score] = evaluator.score(["1111 0000"])
        >>> score["accuracy"] in table.accuracy[table.row("1111 0000"), :3]
        True
    """

    noisy = True

    def __init__(
        self,
        table: Table,
        seeds: Sequence[int] | None = None,
        seed: int = 0,
        common: bool = True,
        epoch: int | None = None,
    ):
        self.table, self.stages = table, table.stages
        self.values = table.accuracy if epoch is None else table.curves[:, :, epoch - 1]
        seeds = range(self.values.shape[1]) if seeds is None else seeds
        draw = np.random.default_rng(seed)
        first = draw.permutation(seeds)
        self.order = np.array([first if common else draw.permutation(seeds) for _ in table.schemes])
        self.repeats = self.order.shape[1] - 1

    def settings(self) -> dict[str, str]:
        """Gives what must be the same when a search is resumed: a digest of the scores, in the order in which they are
        given.
        """
        return {"scores": digest([np.take_along_axis(self.values, self.order, axis=1)])}

    def score(self, schemes: Sequence[Scheme | str], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the accuracy, 0 … 1, of every scheme; each `repeat` is another training of it.

        Raises:
            ValueError: The share is not 1, or no training is left for that `repeat`.
        """
        if share != 1.0:
            raise ValueError(
                f"A table knows accuracies on all images alone, not on a share of {share!r}: search without early "
                "stopping."
            )
        if repeat >= self.order.shape[1]:
            raise ValueError(
                f"This evaluator has {self.order.shape[1]} trainings of each scheme, and all have been given: score a "
                "scheme less often, or give the evaluator more seeds."
            )
        rows = [self.table.row(scheme) for scheme in schemes]
        return [{"accuracy": float(self.values[row, self.order[row, repeat]])} for row in rows]
