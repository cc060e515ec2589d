"""The fronts of the objective against cost, as tables and as a figure."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from rich import box
from rich.table import Table

from keras_ean.escaping import rich
from keras_ean.measure.figure_style import OTHER, legend_above, plain, whole_numbers
from keras_ean.measure.figure_style import caption as caption_below
from keras_ean.run.pareto import LATENCY, Axis, Pareto, Point
from keras_ean.run.report import captions, page
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.scheme import Scheme

LABELS: dict[Axis, str] = {"latency_ms": "predicted ms per batch", "parameters": "parameters"}


def header(unit: Unit) -> tuple[str, ...]:
    """The header of the columns."""
    return ("scheme", "on", f"validation {unit.title}{' (95 %)' if unit == ACCURACY else ''}", "ms", "parameters")


def cells(point: Point, unit: Unit) -> tuple[str, ...]:
    """A scheme as text, in the columns of `header`."""
    sides = [unit.number(unit.turned(side)) for side in point.interval or ()]
    return (
        str(point.scheme),
        f"{sum(point.scheme.bits)}/{len(point.scheme)}",
        f"{unit.number(unit.turned(point.value))}{f' ({sides[0]} to {sides[1]})' if sides else ''}",
        f"{point.latency_ms:.2f}",
        f"{point.parameters:,.0f}",
    )


def caption(pareto: Pareto) -> str:
    """What the columns mean."""
    validation, unit = pareto.context.images.numbers.validation, pareto.unit
    sampled = ", with the interval of their sampling" if unit == ACCURACY else f", of which the {unit.better} is better"
    return (
        f"The schemes that none of the {len(pareto.points)} scored ones beats in both. The {unit.called} is the "
        f"search's score on {validation:,} validation images{sampled}; the best of many scores is partly luck. "
        f"{LATENCY}."
    )


def rich_table(pareto: Pareto, axis: Axis, title: str) -> Table:
    """The front against one cost, for the terminal."""
    table = Table(
        title=f"{rich(title)}: {pareto.unit.called} against {LABELS[axis]}",
        caption=caption(pareto),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE,
    )
    for index, name in enumerate(header(pareto.unit)):
        table.add_column(name, justify="right" if index else "left", no_wrap=index > 0, overflow="fold")
    for point in pareto.front(axis):
        table.add_row(*cells(point, pareto.unit))
    return table


def table(pareto: Pareto) -> page.Table:
    """The front against latency."""
    unit = pareto.unit
    return page.Table(header(unit), [cells(point, unit) for point in pareto.front()], "cnnnn", caption(pareto))


def explained(pareto: Pareto) -> str:
    """What the figure shows."""
    random = "; the squares are those that random search has scored" if _random(pareto) else ""
    unit = pareto.unit
    sure = ", with the 95 % intervals of their accuracy on other validation images" if unit == ACCURACY else ""
    return (
        f"Every dot is a scheme with its {unit.called} in the search, of which the {unit.better} is better, and what "
        f"its network costs{random}. The line joins those that no other one beats in both{sure}. These are estimates "
        "of the search; the verdict judges trained networks by test images."
    )


def _random(pareto: Pareto) -> set[Scheme]:
    """Schemes that random search alone has scored."""
    return {one.scheme for one in pareto.tuner.evaluations() if one.origin == "random"}


def pareto_figure(pareto: Pareto, marked: Mapping[str, Scheme], title: str) -> Figure:
    """All scored schemes, and the fronts against latency and parameters.

    Args:
        pareto: of a run.
        marked: schemes by what they are called; those that were scored are marked.
        title: of the figure.
    """
    figure = Figure(figsize=(10, 4.8), layout="constrained")
    random, unit, part = _random(pareto), pareto.unit, figure.subfigures(squeeze=False)[0, 0]
    for axes, (axis, label) in zip(part.subplots(1, 2, sharey=True), LABELS.items(), strict=True):
        front = pareto.front(axis)
        for shape, of_random, named in (("o", False, "a scored scheme"), ("s", True, "of random search")):
            points = [one for one in pareto.points if (one.scheme in random) == of_random]
            if points:
                places = [getattr(one, axis) for one in points], [unit.factor * one.value for one in points]
                axes.scatter(*places, s=14, color=OTHER, marker=shape, label=named)
        costs = [getattr(point, axis) for point in front]
        values = [unit.factor * point.value for point in front]
        for cost, point in zip(costs, front, strict=True):
            if point.interval is not None:
                axes.vlines(cost, *(unit.factor * side for side in point.interval), color="black", alpha=0.3)
        axes.step(costs, values, where="post", color="black", marker="o", markersize=4, label="the front")
        for name, scheme in marked.items():
            for point in pareto.points:
                if point.scheme == scheme:
                    place = [getattr(point, axis)], [unit.factor * point.value]
                    axes.scatter(*place, label=f"{name}: {scheme}", zorder=3, **captions.marker(name))
        axes.set_xlabel(label)
        plain(axes)
        if axis == "parameters":
            whole_numbers(axes, 5)
    part.axes[0].set_ylabel(f"validation {unit.axis}")
    legend_above(part, part.axes[0])
    figure.suptitle(title)
    caption_below(figure, explained(pareto))
    return figure
