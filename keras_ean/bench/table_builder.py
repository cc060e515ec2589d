"""Making a table: every scheme of a space is trained from scratch with every seed."""

import time
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from rich.console import Console

from keras_ean.bench.spaces import Space
from keras_ean.bench.table import Table
from keras_ean.bench.trainings import Training, Trainings
from keras_ean.progress_bar import bar
from keras_ean.scheme import Scheme
from keras_ean.search import costs
from keras_ean.search.evaluators.from_scratch import TrainingEvaluator

LATENCY_BATCH = 64


class TableBuilder:
    """Trains the networks of a space that are still missing, keeps the results in a folder, and makes the table when
    all are there.

    Args:
        space: The space whose schemes are trained.
        folder: The folder that keeps the finished trainings. A builder that was stopped goes on from there, and several
            processes may work on one folder at once.
        side_by_side: The number of networks that are trained in one call (see `TrainingEvaluator`).

    Raises:
        ValueError: The folder holds trainings of another space.
    """

    def __init__(self, space: Space, folder: str | Path, side_by_side: int = 1):
        self.space, self.folder, self.side_by_side = space, Path(folder), side_by_side
        self.schemes = list(Scheme.every(space.backbone.stages))
        self.settings = space.settings()
        self.trainings = Trainings(self.folder / "trainings.sqlite", self.settings)
        self.data = space.load()

    def missing(self, part: int = 0, parts: int = 1) -> list[tuple[int, int]]:
        """Lists the trainings that this process has still to do, as (number of the scheme, seed), seed by seed.

        Args:
            part, parts: The number of this process, counted from 0, and the number of processes that share the work.
        """
        done, seeds = self.trainings.done(), range(self.space.seeds)
        everything = [(scheme, seed) for seed in seeds for scheme in range(len(self.schemes))]
        return [pair for pair in everything if pair not in done and pair[0] % parts == part]

    def train(self, part: int = 0, parts: int = 1, minutes: float | None = None, console: Console | None = None) -> int:
        """Trains what is missing and returns how many trainings it has made.

        Args:
            part, parts: The number of this process, counted from 0, and the number of processes that share the work.
            minutes: The number of minutes after which no further training begins; None goes on to the end.
            console: The console that shows a progress bar.
        """
        missing, end = self.missing(part, parts), time.monotonic() + (np.inf if minutes is None else 60 * minutes)
        if not missing:
            return 0
        test, trained = self.data.test.arrays(), 0
        evaluator = TrainingEvaluator(
            self.space.supernet(self.data),
            self.data.train.arrays(),
            self.data.validation.arrays(),
            self.space.recipe,
            side_by_side=self.side_by_side,
        )
        with bar(console) as progress:
            task = progress.add_task("train all schemes", total=len(missing), note="")
            for seed, group in self._groups(missing):
                if time.monotonic() >= end:
                    break
                schemes, curves = [self.schemes[number] for number in group], []
                for state in evaluator.train(schemes, repeat=seed):
                    curves.append(evaluator.accuracy(state, schemes, *evaluator.validation))
                final = evaluator.accuracy(state, schemes, *test)
                curve = np.round(np.transpose(curves), 5).tolist()
                self.trainings.add(
                    Training(number, seed, curve[place], round(float(final[place]), 6))
                    for place, number in enumerate(group)
                )
                trained += len(group)
                progress.update(task, advance=len(group), note=f"seed {seed}")
        return trained

    def _groups(self, missing: list[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
        """A seed and schemes to be trained side by side."""
        for seed in range(self.space.seeds):
            schemes = [scheme for scheme, its in missing if its == seed]
            for start in range(0, len(schemes), self.side_by_side):
                yield seed, schemes[start : start + self.side_by_side]

    def table(self, **facts) -> Table:
        """Makes the complete table; further `facts`, such as machine, versions and commit, are kept with it.

        Raises:
            ValueError: Some trainings are missing; `train` makes them.
        """
        missing = self.missing()
        if missing:
            raise ValueError(f"The table is not complete: {len(missing)} trainings are missing. Run train() first.")
        schemes, trainings, seeds = self.schemes, self.trainings.all(), self.space.seeds
        supernet = self.space.supernet(self.data)
        images, _ = self.data.test.take(np.arange(LATENCY_BATCH) % len(self.data.test)).arrays()
        prices = [costs.parameters(supernet), costs.flops(supernet), costs.latency(supernet, images)]
        parameters, flops, latency = ([price.function(scheme) for scheme in schemes] for price in prices)
        return Table(
            schemes=schemes,
            accuracy=np.reshape([training.accuracy for training in trainings], (len(schemes), seeds)),
            curves=np.reshape([training.curve for training in trainings], (len(schemes), seeds, -1)),
            parameters=np.array(parameters),
            flops=np.array(flops),
            latency_ms=np.array(latency),
            facts={**self.settings, "backend": keras.backend.backend(), **facts},
        )
