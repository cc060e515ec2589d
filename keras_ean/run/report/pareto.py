"""The fronts of accuracy against cost, as tables and as a figure."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from rich import box
from rich.table import Table

from keras_ean.escaping import rich
from keras_ean.measure.figure_style import OTHER, legend_above, plain, whole_numbers
from keras_ean.measure.figure_style import caption as caption_below
from keras_ean.run.pareto import LATENCY, Axis, Pareto, Point
from keras_ean.run.report import captions, page
from keras_ean.scheme import Scheme

HEADER = ("scheme", "on", "validation top-1 % (95 %)", "ms", "parameters")
LABELS: dict[Axis, str] = {"latency_ms": "predicted ms per batch", "parameters": "parameters"}


def cells(point: Point) -> tuple[str, ...]:
    """A scheme as text, in the columns of `HEADER`."""
    accuracy, low, high = (100 * value for value in (point.accuracy, point.low, point.high))
    return (
        str(point.scheme),
        f"{sum(point.scheme.bits)}/{len(point.scheme)}",
        f"{accuracy:.1f} ({low:.1f} to {high:.1f})",
        f"{point.latency_ms:.2f}",
        f"{point.parameters:,.0f}",
    )


def caption(pareto: Pareto) -> str:
    """What the columns mean."""
    validation = pareto.context.images.numbers.validation
    return (
        f"The schemes that none of the {len(pareto.points)} scored ones beats in both. Top-1: the search's score on "
        f"{validation:,} validation images, with the interval of their sampling; the highest of many scores is partly "
        f"luck. {LATENCY}."
    )


def rich_table(pareto: Pareto, axis: Axis, title: str) -> Table:
    """The front against one cost, for the terminal."""
    table = Table(
        title=f"{rich(title)}: accuracy against {LABELS[axis]}",
        caption=caption(pareto),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE,
    )
    for index, name in enumerate(HEADER):
        table.add_column(name, justify="right" if index else "left", no_wrap=index > 0, overflow="fold")
    for point in pareto.front(axis):
        table.add_row(*cells(point))
    return table


def table(pareto: Pareto) -> page.Table:
    """The front against latency."""
    return page.Table(HEADER, [cells(point) for point in pareto.front()], "cnnnn", caption(pareto))


def explained(pareto: Pareto) -> str:
    """What the figure shows."""
    random = "; the squares are those that random search has scored" if _random(pareto) else ""
    return (
        f"Every dot is a scheme with its score in the search and what its network costs{random}. The line joins those "
        "that no other one beats in both, with the 95 % intervals of their accuracy on other validation images. These "
        "are estimates of the search; the verdict judges trained networks by test images."
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
    random, part = _random(pareto), figure.subfigures(squeeze=False)[0, 0]
    for axes, (axis, label) in zip(part.subplots(1, 2, sharey=True), LABELS.items(), strict=True):
        front = pareto.front(axis)
        for shape, of_random, named in (("o", False, "a scored scheme"), ("s", True, "of random search")):
            points = [one for one in pareto.points if (one.scheme in random) == of_random]
            if points:
                places = [getattr(one, axis) for one in points], [100 * one.accuracy for one in points]
                axes.scatter(*places, s=14, color=OTHER, marker=shape, label=named)
        costs = [getattr(point, axis) for point in front]
        accuracies = [100 * point.accuracy for point in front]
        errors = [[100 * (p.accuracy - p.low) for p in front], [100 * (p.high - p.accuracy) for p in front]]
        axes.errorbar(costs, accuracies, yerr=errors, fmt="none", ecolor="black", alpha=0.3)
        axes.step(costs, accuracies, where="post", color="black", marker="o", markersize=4, label="the front")
        for name, scheme in marked.items():
            for point in pareto.points:
                if point.scheme == scheme:
                    place = [getattr(point, axis)], [100 * point.accuracy]
                    axes.scatter(*place, label=f"{name}: {scheme}", zorder=3, **captions.marker(name))
        axes.set_xlabel(label)
        plain(axes)
        if axis == "parameters":
            whole_numbers(axes, 5)
    part.axes[0].set_ylabel("validation accuracy in the search, %")
    legend_above(part, part.axes[0])
    figure.suptitle(title)
    caption_below(figure, explained(pareto))
    return figure
