"""How the networks of a run have learned: a curve for each training, and how long each took."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from keras_ean.measure.figure_style import SERIES, plain, whole_numbers
from keras_ean.run import networks
from keras_ean.run.folder import RunFolder
from keras_ean.training import read_curve

Curves = Mapping[str, Sequence[dict[str, float]]]
BEFORE = {"warm-up": "attention alone, first", "baseline": "the model without attention", "pretrain": "the supernet"}
"""Trainings before those of the compared networks, by the names of their files."""


def kept_curves(folder: RunFolder, names: Sequence[str]) -> Curves:
    """The curves by training, in this order; those that an earlier version trained have none."""
    found = {name: read_curve(folder.curve(name)) for name in names}
    return {name: epochs for name, epochs in found.items() if epochs}


def curves_figure(curves: Curves, metric: str, title: str) -> Figure:
    """Loss and metric of every epoch: left of the supernet and what comes before it, right of the compared networks.

    Args:
        curves: The figures of every epoch, by the name of the training.
        metric: The metric that is shown beside the loss, such as "accuracy".
        title: The title of the figure.
    """
    first = {name: epochs for name, epochs in curves.items() if name in BEFORE}
    others = {name: epochs for name, epochs in curves.items() if name not in BEFORE}
    columns = [one for one in (first, others) if one]
    rows = ["loss", *([metric] if metric != "loss" and any(metric in one[-1] for one in curves.values()) else [])]
    figure = Figure(figsize=(10, 0.6 + 2.6 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    for place, group in enumerate(columns):
        kinds = list(dict.fromkeys(kind(name) for name in group))
        for row, name in enumerate(rows):
            for training, epochs in group.items():
                _draw(grid[row, place], epochs, name, kinds.index(kind(training)), called(training))
            grid[row, place].set_ylabel(name)
            _scale(grid[row, place])
            plain(grid[row, place])
        grid[-1, place].set_xlabel("epoch")
        longest = max(one["epoch"] for epochs in group.values() for one in epochs)
        for axes in grid[:, place]:
            axes.set_xlim(0.5, longest + 0.5)
            whole_numbers(axes)
        handles = dict(zip(*grid[0, place].get_legend_handles_labels()[::-1], strict=True))
        grid[0, place].legend(handles.values(), handles.keys(), fontsize="small")
    figure.suptitle(title)
    return figure


def _draw(axes, epochs: Sequence[dict[str, float]], name: str, number: int, label: str) -> None:
    color, marker = SERIES[number % len(SERIES)]
    marker = marker if len(epochs) <= 30 else ""
    for key, style in ((name, "-"), (f"val_{name}", ":")):
        if points := [(one["epoch"], one[key]) for one in epochs if key in one]:
            label = label if style == "-" else f"{label}, validation"
            axes.plot(*zip(*points), style, marker=marker, markersize=4, color=color, linewidth=1.3, label=label)


def _scale(axes) -> None:
    """A training of a part of the network may begin far above all others, which a scale of powers does not flatten."""
    values = [float(value) for line in axes.lines for value in line.get_ydata()]
    if min(values, default=0.0) > 0 and max(values) > max(1.0, 10 * min(values)):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")  # Not as formulas, which names of users keep from being read.
        axes.yaxis.set_minor_formatter(NullFormatter())


def kind(training: str) -> str:
    """Which network a training is of: all seeds are one kind."""
    return training if training in BEFORE else training.rpartition("-")[0]


def called(training: str) -> str:
    """What the training is called in figures and tables."""
    name = kind(training)
    return BEFORE.get(name) or networks.title(name)


def seconds(curves: Curves) -> dict[str, float]:
    """The seconds of all trainings of each kind together."""
    total: dict[str, float] = {}
    for name, epochs in curves.items():
        total[called(name)] = total.get(called(name), 0.0) + sum(one["seconds"] for one in epochs)
    return total
