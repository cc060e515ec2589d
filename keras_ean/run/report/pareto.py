"""The front of the objective against cost as a figure."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from keras_ean.measure.figure_style import OTHER, legend_above, plain, whole_numbers
from keras_ean.measure.figure_style import caption as caption_below
from keras_ean.run.front import Scored
from keras_ean.run.report import captions
from keras_ean.run.report.front_table import LABELS
from keras_ean.run.unit import ACCURACY
from keras_ean.scheme import Scheme


def explained(scored: Scored, marked: Mapping[str, Scheme]) -> str:
    """What the figure shows, and which of the marked schemes it cannot."""
    known = {one.scheme for one in scored.points}
    unseen = "".join(
        f" The {name} scheme, {scheme}, is not shown: the search has not scored it."
        for name, scheme in marked.items()
        if scheme not in known
    )
    random = "; the squares are those that random search has scored" if any(one.random for one in scored.points) else ""
    unit = scored.unit
    sure = ", with the 95 % intervals of their accuracy on other validation images" if unit == ACCURACY else ""
    return (
        f"Every dot is a scheme with its {unit.called} in the search, of which the {unit.better} is better, and what "
        f"its network costs{random}. The line joins those that no other one beats in both{sure}. These are estimates "
        f"of the search; the verdict judges trained networks by test images.{unseen}"
    )


def pareto_figure(scored: Scored, marked: Mapping[str, Scheme], title: str) -> Figure:
    """All scored schemes, and the fronts against latency and parameters.

    Args:
        scored: The scored schemes of a run, with their costs.
        marked: Schemes by what they are called, which are marked where they were scored.
        title: The title of the figure.
    """
    figure = Figure(figsize=(10, 4.8), layout="constrained")
    unit, part = scored.unit, figure.subfigures(squeeze=False)[0, 0]
    for axes, (axis, label) in zip(part.subplots(1, 2, sharey=True), LABELS.items(), strict=True):
        front = scored.front(axis)
        for shape, of_random, named in (("o", False, "a scored scheme"), ("s", True, "of random search")):
            points = [one for one in scored.points if one.random == of_random]
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
            for point in scored.points:
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
    caption_below(figure, explained(scored, marked))
    return figure
