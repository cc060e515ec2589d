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
        counts: The number of blocks whose attention is computed, of each training.
        accuracies: The accuracy of each training on the test images, 0 … 1.
        images: The number of test images; where several show the same thing, as many as would tell as much did each
            show something else.
        parameters: The number of trainable parameters, the mean over the trainings.
        flops: The floating-point operations for one image, the mean over the trainings; None where they were not
            counted.
        latency_ms: The milliseconds of inference on a batch, the median.
        latency_range_ms: The milliseconds between the quartiles of the timed calls; None where they were not kept.
    """

    name: str
    schemes: tuple[str, ...]
    counts: tuple[int, ...]
    accuracies: tuple[float, ...]
    images: float
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
    def connected(self) -> float:
        """This is the number of blocks whose attention is computed, the mean over the trainings."""
        return statistics.fmean(self.counts)

    @property
    def on(self) -> str:
        """This is the number of blocks whose attention is computed, of all blocks, as reports write it."""
        if len(set(self.counts)) == 1:
            return f"{self.counts[0]}/{self.blocks}"
        return f"{self.connected:.1f}/{self.blocks} on average"

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

    def slower(self, base: "Row | None", digits: int = 0, unit: str = "%") -> str:
        """Writes by how many percent inference takes longer than in another network.

        The text is in brackets where the middle halves of both networks' calls overlap, so that it is not shown that
        they differ, and empty where one of the times is unknown.

        Args:
            base: The row of the other network; None if there is none.
            digits: The number of digits after the decimal point.
            unit: The text that follows the number.
        """
        more = self.over(base, "latency_ms")
        if base is None or more is None:
            return ""
        apart = abs(self.latency_ms - base.latency_ms)
        overlap = base is not self and apart < ((self.latency_range_ms or 0.0) + (base.latency_range_ms or 0.0)) / 2
        text = f"{more:+z.{digits}f}{unit}"
        return f"({text})" if overlap else text


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
        counts=tuple(training.get("live", training["scheme"].count("1")) for training in group),
        accuracies=tuple(training["accuracy"] for training in group),
        images=group[0].get("independent", group[0]["images"]),
        parameters=statistics.fmean(training["parameters"] for training in group),
        flops=None if group[0]["flops"] is None else statistics.fmean(training["flops"] for training in group),
        latency_ms=statistics.median(training["latency_ms"] for training in group),
        latency_range_ms=group[0].get("latency_range_ms"),
    )


def plain_of(found: Iterable[Row]) -> Row | None:
    """The row of the network without attention, which the others are measured against."""
    return next((row for row in found if row.name == "plain"), None)
