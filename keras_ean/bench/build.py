"""Making a table: every scheme of a space is trained from scratch with every seed."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from rich.console import Console

from keras_ean.bench.records import Record, Records
from keras_ean.bench.space import Space
from keras_ean.bench.table import Table, numbered
from keras_ean.progress_bar import bar
from keras_ean.search import costs
from keras_ean.search.evaluators.from_scratch import TrainingEvaluator

LATENCY_BATCH = 64


class TableBuilder:
    """Trains what is missing in a folder of records, and makes the table when nothing is.

    Args:
        space: whose schemes are trained.
        folder: keeps the finished trainings; start as often as you like, and several processes at once.
        side_by_side: networks trained in one call (`TrainingEvaluator`).

    Raises:
        ValueError: the folder holds trainings of another space.
    """

    def __init__(self, space: Space, folder: str | Path, side_by_side: int = 1):
        self.space, self.folder, self.side_by_side = space, Path(folder), side_by_side
        self.stages = space.backbone.stages
        self.settings = settings(space)
        self.records = Records(self.folder / "trainings.sqlite", self.settings)
        self.data = space.load()

    def missing(self, part: int = 0, parts: int = 1) -> list[tuple[int, int]]:
        """(scheme, seed) still to be trained by this part of the processes; seed by seed."""
        done, count = self.records.done(), 2 ** sum(self.stages)
        everything = [(scheme, seed) for seed in range(self.space.seeds) for scheme in range(count)]
        return [pair for pair in everything if pair not in done and pair[0] % parts == part]

    def train(self, part: int = 0, parts: int = 1, minutes: float | None = None, console: Console | None = None) -> int:
        """Trains what is missing, for so many minutes at the most; returns how many trainings it made."""
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
                schemes, curves = [numbered(number, self.stages) for number in group], []
                for state in evaluator.train(schemes, repeat=seed):
                    curves.append(evaluator.accuracy(state, schemes, *evaluator.validation))
                final = evaluator.accuracy(state, schemes, *test)
                curve = np.round(np.transpose(curves), 5).tolist()
                self.records.add(
                    Record(number, seed, curve[place], round(float(final[place]), 6))
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
        """The complete table; `facts` (machine, versions, commit) are kept with it.

        Raises:
            ValueError: trainings are missing.
        """
        missing = self.missing()
        if missing:
            raise ValueError(f"The table is not complete: {len(missing)} trainings are missing. Run train() first.")
        schemes = [numbered(number, self.stages) for number in range(2 ** sum(self.stages))]
        records, seeds = self.records.all(), self.space.seeds
        supernet = self.space.supernet(self.data)
        images, _ = self.data.test.take(np.arange(LATENCY_BATCH) % len(self.data.test)).arrays()
        prices = [costs.parameters(supernet), costs.flops(supernet), costs.latency(supernet, images)]
        parameters, flops, latency = ([price.function(scheme) for scheme in schemes] for price in prices)
        return Table(
            schemes=schemes,
            accuracy=np.reshape([record.accuracy for record in records], (len(schemes), seeds)),
            curves=np.reshape([record.curve for record in records], (len(schemes), seeds, -1)),
            parameters=np.array(parameters),
            flops=np.array(flops),
            latency_ms=np.array(latency),
            facts={**self.settings, "backend": keras.backend.backend(), **facts},
        )


def settings(space: Space) -> dict:
    """What a training of the space depends on, for JSON."""
    recipe = {**asdict(space.recipe), "augmentation": repr(space.recipe.augmentation)}
    return {
        "backbone": {"name": type(space.backbone).__name__, **space.backbone.get_config()},
        "attention": {"name": space.attention, **space.options},
        "share": space.share,
        "data": {key: str(value) for key, value in space.data.items()},
        "recipe": recipe,
        "seeds": space.seeds,
    }
