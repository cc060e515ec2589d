"""The comparison of a run: one row per network, over its seeds, against the plain backbone."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table

TITLES = {
    "plain": "no attention",
    "unshared": "every block, unshared",
    "shared": "every block, shared",
    "random": "random, equal density",
    "found": "found by the search",
}


@dataclass(frozen=True)
class Row:
    """A network's figures.

    Attributes:
        accuracy: test top-1, 0 … 1, mean over the seeds.
        spread: its standard deviation over the seeds, or with one seed the standard error of the test set.
        parameters: trainable ones.
        flops: of one image; None where the backend cannot count them.
        latency_ms: median of one batch.
    """

    name: str
    scheme: str
    connected: int
    blocks: int
    accuracy: float
    spread: float
    seeds: int
    parameters: int
    flops: int | None
    latency_ms: float

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name)


def rows(trainings: Iterable[dict]) -> list[Row]:
    """One row per network from its trainings, dicts of name, scheme, accuracy, images and costs."""
    groups: dict[str, list[dict]] = {}
    for training in trainings:
        groups.setdefault(training["name"], []).append(training)
    return [_row(name, group) for name, group in groups.items()]


def _row(name: str, group: list[dict]) -> Row:
    accuracies = [training["accuracy"] for training in group]
    accuracy = statistics.fmean(accuracies)
    if len(group) > 1:
        spread = statistics.stdev(accuracies)
    else:
        spread = math.sqrt(accuracy * (1 - accuracy) / group[0]["images"])
    # Random schemes differ from seed to seed.
    schemes = list(dict.fromkeys(training["scheme"] for training in group))
    return Row(
        name=name,
        scheme=schemes[0] if len(schemes) == 1 else f"{len(schemes)} schemes",
        connected=schemes[0].count("1"),
        blocks=sum(schemes[0].count(bit) for bit in "01"),
        accuracy=accuracy,
        spread=spread,
        seeds=len(group),
        parameters=round(statistics.fmean(training["parameters"] for training in group)),
        flops=group[0]["flops"],
        latency_ms=statistics.median(training["latency_ms"] for training in group),
    )


def cells(row: Row, plain: Row | None) -> tuple[str, ...]:
    """The row as text: increments are over the plain backbone."""

    def increment(value: float, base: float | None) -> str:
        return "" if base is None or row is plain else f" ({100 * (value / base - 1):+.2f} %)"

    return (
        row.title,
        row.scheme,
        f"{row.connected}/{row.blocks}",
        f"{100 * row.accuracy:.1f} ± {100 * row.spread:.1f}",
        f"{row.parameters:,}{increment(row.parameters, plain and plain.parameters)}",
        f"{row.latency_ms:.2f}{increment(row.latency_ms, plain and plain.latency_ms)}",
    )


def header(found: list[Row], batch_size: int) -> tuple[str, ...]:
    spread = f"s.d. of {found[0].seeds} seeds" if found[0].seeds > 1 else "s.e. of the test set, 1 seed"
    return ("network", "scheme", "connected", f"top-1 % (± {spread})", "parameters", f"ms per {batch_size} images")


def rich_table(found: list[Row], title: str, batch_size: int) -> Table:
    """The comparison for the terminal."""
    table = Table(title=title, title_justify="left")
    for index, name in enumerate(header(found, batch_size)):
        table.add_column(name, justify="left" if index < 2 else "right", no_wrap=index in (1, 3))
    plain = next((row for row in found if row.name == "plain"), None)
    for row in found:
        table.add_row(*cells(row, plain), style="bold" if row.name == "found" else None)
    return table


def markdown(found: list[Row], batch_size: int) -> str:
    """The comparison as a Markdown table."""
    plain = next((row for row in found if row.name == "plain"), None)
    lines = [header(found, batch_size), ("---", "---", "--:", "--:", "--:", "--:"), *(cells(r, plain) for r in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def verdict(found: list[Row]) -> str:
    """What the figures say of the found network against attention everywhere, shared, in one sentence."""
    by_name = {row.name: row for row in found}
    if not {"found", "shared"} <= by_name.keys():
        return ""
    sparse, full = by_name["found"], by_name["shared"]
    difference = 100 * (sparse.accuracy - full.accuracy)
    # Spread of a difference of two means.
    error = 100 * math.hypot(sparse.spread / _root(sparse), full.spread / _root(full))
    if abs(difference) <= 2 * error:
        accuracy = f"as accurate as attention everywhere within the noise ({difference:+.1f} ± {error:.1f} points)"
    else:
        accuracy = f"{abs(difference):.1f} ± {error:.1f} points {'above' if difference > 0 else 'below'} full attention"
    return f"With {sparse.connected} of {sparse.blocks} connections the found network is {accuracy}."


def _root(row: Row) -> float:
    return math.sqrt(row.seeds) if row.seeds > 1 else 1.0
