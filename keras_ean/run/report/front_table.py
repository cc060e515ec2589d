"""The fronts of the objective against cost, as tables for the terminal and for the report."""

from rich import box
from rich.table import Table

from keras_ean.escaping import rich
from keras_ean.run.front import LATENCY, Axis, Point, Scored
from keras_ean.run.report import page
from keras_ean.run.unit import ACCURACY, Unit

LABELS: dict[Axis, str] = {"latency_ms": "predicted ms per batch", "parameters": "parameters"}


NAMES: dict[Axis, str] = {"latency_ms": "time", "parameters": "parameters"}


def alike(scored: Scored) -> str:
    """A sentence where times of schemes do not differ by more than those of calls; else empty."""
    if scored.told_apart:
        return ""
    return " Times of schemes are not told apart: attention everywhere was not measured to be slower than none."


def header(unit: Unit) -> tuple[str, ...]:
    """The header of the columns."""
    return (
        "scheme",
        "on",
        f"validation {unit.title}{' (95 %)' if unit == ACCURACY else ''}",
        "predicted ms",
        "parameters",
    )


def cells(point: Point, scored: Scored) -> tuple[str, ...]:
    """A scheme as text, in the columns of `header`."""
    unit = scored.unit
    sides = [unit.number(unit.turned(side)) for side in point.interval or ()]
    return (
        str(point.scheme),
        f"{sum(point.scheme.bits)}/{len(point.scheme)}",
        f"{scored.written(point)}{f' ({sides[0]} to {sides[1]})' if sides else ''}",
        scored.ms(point),
        f"{point.parameters:,.0f}",
    )


def caption(scored: Scored) -> str:
    """What the columns mean."""
    unit = scored.unit
    of = f" of {scored.subjects}" if scored.subjects else ""
    sampled = ", with the interval of their sampling" if unit == ACCURACY else f", of which the {unit.better} is better"
    more = f" ({scored.given_up} more were given up before they had seen all images)" if scored.given_up else ""
    return (
        f"The schemes that none of the {len(scored.points)} scored ones{more} beats in both {unit.called} and "
        f"{NAMES[scored.axis]}. The {unit.called} is the search's score on {scored.images:,} validation images{of}"
        f"{sampled}; the best of many scores is partly luck.{alike(scored) or f' {LATENCY}.'}"
    )


def rich_table(scored: Scored, axis: Axis, title: str) -> Table:
    """The front against one cost, for the terminal."""
    table = Table(
        title=f"{rich(title)}: {scored.unit.called} against {LABELS[axis]}",
        caption=caption(scored),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE,
    )
    for index, name in enumerate(header(scored.unit)):
        table.add_column(name, justify="right" if index else "left", no_wrap=index > 0, overflow="fold")
    for point in scored.front(axis):
        table.add_row(*cells(point, scored))
    return table


def table(scored: Scored) -> page.Table:
    """The front against latency, or against parameters where times are not told apart."""
    unit = scored.unit
    shown = [cells(point, scored) for point in scored.front(scored.axis)]
    return page.Table(header(unit), shown, "cnnnn", caption(scored))
