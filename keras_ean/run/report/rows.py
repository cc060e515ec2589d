"""The comparison of a run in numbers: one row per network, over its seeds."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from keras_ean.run import networks


@dataclass(frozen=True)
class Row:
    """A network's figures.

    Attributes:
        name: of the network (`keras_ean.run.networks`).
        schemes: different ones of its trainings; random schemes differ from seed to seed.
        connected: blocks with attention that is computed, mean over the seeds.
        accuracies: test top-1 of each seed, 0 … 1.
        images: that they were tested on.
        parameters: trainable ones, mean over the seeds.
        flops: of one image, mean over the seeds; None where they were not counted.
        latency_ms: median of one batch.
        latency_range_ms: interquartile range of the calls; None where it was not kept.
    """

    name: str
    schemes: tuple[str, ...]
    connected: float
    accuracies: tuple[float, ...]
    images: int
    parameters: float
    flops: float | None
    latency_ms: float
    latency_range_ms: float | None = None

    @property
    def title(self) -> str:
        return networks.title(self.name)

    @property
    def scheme(self) -> str:
        return self.schemes[0] if len(self.schemes) == 1 else f"{len(self.schemes)} schemes"

    @property
    def blocks(self) -> int:
        return sum(self.schemes[0].count(bit) for bit in "01")

    @property
    def seeds(self) -> int:
        return len(self.accuracies)

    @property
    def accuracy(self) -> float:
        """Mean over the seeds."""
        return statistics.fmean(self.accuracies)

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None with one seed."""
        return statistics.stdev(self.accuracies) if self.seeds > 1 else None

    @property
    def spread(self) -> float:
        """The deviation, or with one seed the standard error of the test set, which holds for a share of images."""
        error = math.sqrt(max(0.0, self.accuracy * (1 - self.accuracy)) / self.images)
        return error if self.deviation is None else self.deviation

    def over(self, base: "Row | None", cost: str) -> float | None:
        """Percent by which a cost, such as "flops", is above that of `base`; None where one of them is unknown."""
        if base is None or getattr(self, cost) is None or getattr(base, cost) is None:
            return None
        return 100 * (getattr(self, cost) / getattr(base, cost) - 1)


def rows(trainings: Iterable[dict]) -> list[Row]:
    """One row per network from its trainings: dicts as in metrics.json, with `latency_ms` (report.json)."""
    groups: dict[str, list[dict]] = {}
    for training in trainings:
        groups.setdefault(training["name"], []).append(training)
    return [_row(name, group) for name, group in groups.items()]


def _row(name: str, group: list[dict]) -> Row:
    return Row(
        name=name,
        schemes=tuple(dict.fromkeys(training["scheme"] for training in group)),
        connected=statistics.fmean(training.get("live", training["scheme"].count("1")) for training in group),
        accuracies=tuple(training["accuracy"] for training in group),
        images=group[0]["images"],
        parameters=statistics.fmean(training["parameters"] for training in group),
        flops=None if group[0]["flops"] is None else statistics.fmean(training["flops"] for training in group),
        latency_ms=statistics.median(training["latency_ms"] for training in group),
        latency_range_ms=group[0].get("latency_range_ms"),
    )


def plain_of(found: Iterable[Row]) -> Row | None:
    """The row of the network without attention, which the others are measured against."""
    return next((row for row in found if row.name == "plain"), None)
