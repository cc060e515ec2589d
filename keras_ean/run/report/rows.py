"""The comparison of a run in numbers: one row per network, over its seeds."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from keras_ean.run import networks


@dataclass(frozen=True)
class Row:
    """Holds the figures of one network over all its trainings, a row of the table of a report.

    Attributes:
        name: The name of the network (`keras_ean.run.networks`).
        schemes: The different schemes of its trainings; only random ones differ from training to training.
        connected: The number of blocks whose attention is computed, the mean over the trainings.
        accuracies: The accuracy of each training on the test images, 0 … 1.
        images: The number of test images.
        parameters: The number of trainable parameters, the mean over the trainings.
        flops: The floating-point operations for one image, the mean over the trainings; None where they were not
            counted.
        latency_ms: The milliseconds of inference on a batch, the median.
        latency_range_ms: The milliseconds between the quartiles of the timed calls; None where they were not kept.
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
        """This is what reports call the network."""
        return networks.title(self.name)

    @property
    def scheme(self) -> str:
        """This is the scheme as reports write it, or the number of schemes if the trainings have several."""
        return self.schemes[0] if len(self.schemes) == 1 else f"{len(self.schemes)} schemes"

    @property
    def blocks(self) -> int:
        """This is the number of residual blocks."""
        return sum(self.schemes[0].count(bit) for bit in "01")

    @property
    def seeds(self) -> int:
        """This is the number of trainings, each with a seed of its own."""
        return len(self.accuracies)

    @property
    def accuracy(self) -> float:
        """This is the mean accuracy over the trainings, 0 … 1."""
        return statistics.fmean(self.accuracies)

    @property
    def deviation(self) -> float | None:
        """This is the standard deviation of the accuracy over the trainings, 0 … 1; None with one training."""
        return statistics.stdev(self.accuracies) if self.seeds > 1 else None

    @property
    def spread(self) -> float:
        """This is the deviation, or with one training the standard error √(p (1 − p) / images) of its accuracy p."""
        error = math.sqrt(max(0.0, self.accuracy * (1 - self.accuracy)) / self.images)
        return error if self.deviation is None else self.deviation

    def over(self, base: "Row | None", cost: str) -> float | None:
        """Gives by how many percent a cost is above that of another network; None if one of the two is unknown.

        Args:
            base: The row of the other network; None if there is none.
            cost: The cost: "parameters", "flops" or "latency_ms".
        """
        if base is None or getattr(self, cost) is None or getattr(base, cost) is None:
            return None
        return 100 * (getattr(self, cost) / getattr(base, cost) - 1)


def rows(trainings: Iterable[dict]) -> list[Row]:
    """Makes a row for each network from the figures of its trainings.

    Args:
        trainings: The figures of each training, as report.json holds them: those of its metrics.json and `latency_ms`.
    """
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
