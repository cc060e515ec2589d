"""How the networks of a run have learned: a curve for each training."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from keras_ean.measure.figure_style import SERIES, plain, whole_numbers
from keras_ean.run.kept_curves import BEFORE, Curves, called, kind
from keras_ean.run.report.page import Table

MOST_EPOCHS = 12
"""Of a training, in the table."""


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


def table(curves: Curves, metric: str) -> Table:
    """The curves in numbers; of long trainings some epochs."""
    columns = [
        name
        for name in ("loss", metric, "val_loss", f"val_{metric}")
        if any(name in one for epochs in curves.values() for one in epochs)
    ]
    columns = list(dict.fromkeys(columns))
    rows = []
    for training, epochs in curves.items():
        for place in np.unique(np.linspace(0, len(epochs) - 1, min(len(epochs), MOST_EPOCHS)).astype(int)):
            one = epochs[place]
            values = [f"{one[name]:.4g}" if name in one else "" for name in columns]
            seed = "" if training in BEFORE else training.rpartition("-")[2]
            rows.append((called(training), seed, str(int(one["epoch"])), *values))
    named = [name.replace("val_", "validation ").replace("_", " ") for name in columns]
    return Table(
        ("training", "seed", "epoch", *named),
        rows,
        f"tnn{'n' * len(columns)}",
        f"Of trainings of more than {MOST_EPOCHS} epochs some, evenly spaced. Without a word before them, loss and "
        f"{metric.replace('_', ' ')} are those of the training images.",
        summary="These curves in numbers",
    )


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
