"""The comparison of a run: one row per network, over its seeds, against the plain backbone."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.table import Table

TITLES = {
    "plain": "no attention",
    "unshared": "all, unshared",
    "shared": "all, shared",
    "random": "random",
    "heuristic": "evenly spaced",
    "genetic": "genetic search",
    "found": "found",
}


@dataclass(frozen=True)
class Row:
    """A network's figures.

    Attributes:
        connected: blocks with attention, mean over the seeds.
        accuracy: test top-1, 0 … 1, mean over the seeds.
        spread: its standard deviation over the seeds, or with one seed the standard error of the test set.
        parameters: trainable ones.
        latency_ms: median of one batch.
    """

    name: str
    scheme: str
    connected: float
    blocks: int
    accuracy: float
    spread: float
    seeds: int
    parameters: int
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
        connected=statistics.fmean(training["scheme"].count("1") for training in group),
        blocks=sum(schemes[0].count(bit) for bit in "01"),
        accuracy=accuracy,
        spread=spread,
        seeds=len(group),
        parameters=round(statistics.fmean(training["parameters"] for training in group)),
        latency_ms=statistics.median(training["latency_ms"] for training in group),
    )


HEADER = ("network", "scheme", "on", "top-1 %", "parameters", "ms")


def cells(row: Row, plain: Row | None) -> tuple[str, ...]:
    """The row as text, in the columns of `HEADER`; increments are over the plain backbone."""

    def increment(value: float, base: float | None, digits: int) -> str:
        return "" if base is None or row is plain else f" {100 * (value / base - 1):+.{digits}f}%"

    return (
        row.title,
        row.scheme,
        f"{row.connected:.3g}/{row.blocks}",
        f"{100 * row.accuracy:.1f} ± {100 * row.spread:.1f}",
        f"{row.parameters:,}{increment(row.parameters, plain.parameters if plain else None, 2)}",
        f"{row.latency_ms:.2f}{increment(row.latency_ms, plain.latency_ms if plain else None, 0)}",
    )


def caption(found: list[Row], batch_size: int) -> str:
    """What the columns mean."""
    seeds = found[0].seeds
    spread = f"mean ± s.d. of {seeds} seeds" if seeds > 1 else "± s.e. of the test set, one seed"
    return (
        f"on: connected blocks; top-1: test accuracy, {spread}; ms: inference of {batch_size} images; "
        "increments over no attention; random, evenly spaced: schemes as dense as the found one."
    )


def rich_table(found: list[Row], title: str, batch_size: int) -> Table:
    """The comparison for the terminal."""
    table = Table(
        title=title, caption=caption(found, batch_size), title_justify="left", caption_justify="left", box=box.SIMPLE
    )
    for index, name in enumerate(HEADER):
        width = min(24, max(len(row.scheme) for row in found)) if name == "scheme" else None
        table.add_column(
            name, justify="left" if index < 2 else "right", no_wrap=index != 1, min_width=width, overflow="fold"
        )
    plain = next((row for row in found if row.name == "plain"), None)
    for row in found:
        table.add_row(*cells(row, plain), style="bold" if row.name == "found" else None)
    return table


def markdown(found: list[Row], batch_size: int) -> str:
    """The comparison as a Markdown table with its caption."""
    plain = next((row for row in found if row.name == "plain"), None)
    lines = [HEADER, ("---", "---", "--:", "--:", "--:", "--:"), *(cells(row, plain) for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\n{caption(found, batch_size)}\n"


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
    return f"With {sparse.connected:.3g} of {sparse.blocks} connections the found network is {accuracy}."


def _root(row: Row) -> float:
    return math.sqrt(row.seeds) if row.seeds > 1 else 1.0
