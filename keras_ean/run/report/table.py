"""The comparison of a run as a table, for the terminal and in Markdown."""

import statistics
from collections.abc import Sequence
from typing import Literal

from rich import box
from rich.table import Table

from keras_ean.escaping import rich
from keras_ean.run import networks
from keras_ean.run.networks import LATENCY_BATCH
from keras_ean.run.report import page
from keras_ean.run.report.as_markdown import part as as_markdown
from keras_ean.run.report.rows import Row, plain_of
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.run.verdict import NONE


def header(unit: Unit = ACCURACY) -> tuple[str, ...]:
    """The header of the columns."""
    return ("network", "scheme", "on", unit.title, "parameters", "measured ms")


def cells(row: Row, plain: Row | None, recommended: str | None = None, unit: Unit = ACCURACY) -> tuple[str, ...]:
    """The row as text, in the columns of `header`; increments are over the network without attention."""

    more = None if row is plain else row.over(plain, "parameters")
    increment, slower = ("" if more is None else f" {more:+z.2f}%"), ("" if row is plain else row.slower(plain))
    ranged = "" if row.latency_range_ms is None else f" ± {row.latency_range_ms / 2:.2f}"
    spread = row.spread if unit == ACCURACY else row.deviation
    return (
        f"{row.title} (recommended)" if row.name == recommended else row.title,
        row.scheme,
        row.on,
        unit.number(unit.turned(row.accuracy)) + ("" if spread is None else f" ± {unit.number(unit.turned(spread))}"),
        f"{row.parameters:,.0f}{increment}",
        f"{row.latency_ms:.2f}{ranged} {slower}".rstrip(),
    )


def caption(found: list[Row], batch_size: int = LATENCY_BATCH, unit: Unit = ACCURACY) -> str:
    """What the columns mean."""
    seeds = found[0].seeds
    error = ", with the standard error of the test set" if unit == ACCURACY else ""
    spread = f"mean and standard deviation of {seeds} seeds" if seeds > 1 else f"of one seed{error}"
    ranged = ""
    if found[0].latency_range_ms is not None:
        ranged = ": the median of the calls, ± half the range of the middle half"
    brackets = ", in brackets where these ranges overlap, so that no difference is shown" if ranged else ""
    several = [row for row in found if len(row.schemes) > 1]
    drawn = "".join(
        f" Of {row.title} every seed has a scheme of its own: 'on' and parameters are means over these, and the time "
        f"is that of the first, {row.schemes[0]}."
        for row in several
    )
    known = [row for row in found if row.name in networks.NETWORKS and row.name != NONE]
    each = "; ".join(f"{row.title}: {networks.get(row.name).meaning}" for row in known)
    named = f" The networks: {each}." if each else ""
    live = ""
    if any(networks.get(row.name).folds for row in known):
        live = (
            ", without folded gates: these hardly change from image to image, so that they are put as constants into "
            "the layers around them, in each seed as many as that allows"
        )
    meaning = "the accuracy on the test images" if unit == ACCURACY else "that of the test images"
    return (
        "A scheme has one sign for each block, of several modules one each: 1 where attention is connected; 'on' "
        f"counts these{live}. "
        f"{unit.title.removesuffix(' %')} is {meaning}, {spread}. 'Measured ms' is the time of inference of "
        f"{batch_size} images, all networks in turns{ranged}. Percentages say how much more that is than without "
        f"attention{brackets}.{drawn}{named}"
    )


def rich_table(
    found: list[Row],
    title: str,
    batch_size: int = LATENCY_BATCH,
    recommended: str | None = None,
    unit: Unit = ACCURACY,
) -> Table:
    """The comparison for the terminal; the recommended network stands out."""
    table = Table(
        title=rich(title),
        caption=caption(found, batch_size, unit),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE,
        pad_edge=False,
        collapse_padding=True,
    )
    for index, name in enumerate(header(unit)):  # What is too wide for the terminal wraps, except for numbers.
        widths = {
            "scheme": min(11, max(len(row.scheme) for row in found)),
            "on": max(len(word) for row in found for word in row.on.split()),
        }
        justify: Literal["left", "right"] = "left" if index < 2 else "right"
        table.add_column(name, justify=justify, no_wrap=index == 3, min_width=widths.get(name), overflow="fold")
    plain = plain_of(found)
    for row in found:
        table.add_row(*cells(row, plain, recommended, unit), style="bold" if row.name == recommended else None)
    return table


def table(
    found: list[Row], batch_size: int = LATENCY_BATCH, recommended: str | None = None, unit: Unit = ACCURACY
) -> page.Table:
    """The comparison with its caption; the recommended network is marked."""
    plain, names = plain_of(found), [row.name for row in found]
    return page.Table(
        header(unit),
        [cells(row, plain, recommended, unit) for row in found],
        "tcnnnn",
        caption(found, batch_size, unit),
        names.index(recommended) if recommended in names else None,
    )


def markdown(
    found: list[Row], batch_size: int = LATENCY_BATCH, recommended: str | None = None, unit: Unit = ACCURACY
) -> str:
    """Writes the comparison of networks as a table in Markdown, with a caption that says what the columns mean.

    Args:
        found: The rows of the networks, in the order of the table.
        batch_size: The number of images whose inference was timed.
        recommended: The name of the network that is marked as recommended; None marks none.
        unit: The unit of the objective; by default it is an accuracy, written in percent.
    """
    return f"{as_markdown(table(found, batch_size, recommended, unit))}\n"


def mean_spread(values: Sequence[float], digits: int = 1) -> str:
    """Writes the mean of some values, and ± their standard deviation if there are several.

    Args:
        values: The values, at least one.
        digits: The number of digits after the decimal point.

    Example:
        >>> mean_spread([60.0, 62.0]), mean_spread([60.0])
        ('61.0 ± 1.4', '60.0')
    """
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.{digits}f}{spread}"
