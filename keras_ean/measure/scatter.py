"""Schemes trained from scratch against their scores, with matplotlib."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from keras_ean.measure.agreement import Agreement
from keras_ean.measure.figure_style import FOUND, OTHER, caption, plain
from keras_ean.scheme import Scheme


def ranking_figure(
    schemes: Sequence[Scheme],
    scores: np.ndarray,
    accuracy: np.ndarray,
    found: Scheme | None,
    result: Agreement,
    title: str,
    label: str = "score in the search: validation top-1, %",
    factor: float = 100.0,
    noun: str = "block",
) -> Figure:
    """Draws the accuracy of schemes after training from scratch against their scores, and against their rival, the
    number of connected blocks.

    Args:
        schemes: The n schemes, all of the same stages.
        scores: The score of each scheme, such as its validation accuracy in the search, 0 … 1, (n,).
        accuracy: The test accuracy of each scheme after training from scratch, 0 … 1, (n, seeds).
        found: The scheme that the search names, which is marked; None marks none.
        result: What `keras_ean.measure.agreement` gives for these scores and accuracies.
        title: The title of the figure.
        label: The label of the axis of scores.
        factor: The factor from a score to the number on its axis; below 0 where less is better, which turns the axis
            round, so that better scores stand on the right all the same.
        noun: What is connected, in the singular; with several modules at each block a "place".
    """
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    by_score, by_density = figure.subplots(1, 2, sharey=True)
    connected = np.array([sum(scheme.bits) for scheme in schemes])
    percent, means = 100 * np.asarray(accuracy), 100 * np.mean(accuracy, axis=1)
    for axis, places in ((by_score, abs(factor) * np.asarray(scores)), (by_density, connected)):
        axis.vlines(places, percent.min(axis=1), percent.max(axis=1), color=OTHER, linewidth=1, zorder=1)
        dots = axis.scatter(places, means, c=connected, cmap="viridis", s=36, zorder=2, edgecolor="white")
        for scheme, place, mean in zip(schemes, places, means, strict=True):
            if marker := _marker(scheme, found):
                axis.scatter([place], [mean], zorder=3, **marker)
        plain(axis)
    by_score.set_xlabel(label)
    if factor < 0:
        by_score.invert_xaxis()
    by_score.set_ylabel("trained from scratch: test top-1, %")
    by_score.set_title(f"scores: tau {result.kendall}", fontsize="medium")
    by_density.set_xlabel(f"connected {noun}s of {len(schemes[0])}")
    by_density.set_title(f"density alone: tau {result.density}", fontsize="medium")
    figure.colorbar(dots, ax=by_density, label=f"connected {noun}s")
    by_score.legend(handles=_legend(found, noun), fontsize="small")
    figure.suptitle(title)
    caption(
        figure,
        "Every dot is a scheme that was trained from scratch. If the scores of the search can be trusted, dots on the "
        "left rise from left to right; tau is 1 where both orders are the same and 0 where they have nothing to do "
        "with each other. If density alone does as well, on the right, the scores say little about where attention "
        "belongs.",
    )
    return figure


def _marker(scheme: Scheme, found: Scheme | None) -> dict | None:
    if scheme == found:
        return {"marker": "*", "s": 190, "color": FOUND, "edgecolor": "white"}
    if scheme.density in (0, 1):
        return {"marker": "^" if scheme.density else "v", "s": 70, "color": "black", "edgecolor": "white"}
    return None


def _legend(found: Scheme | None, noun: str) -> list[Line2D]:
    handles = [
        Line2D([], [], marker="o", color=OTHER, label="a scheme: mean, lowest and highest seed"),
        Line2D([], [], marker="^", linestyle="", color="black", label=f"every {noun}"),
        Line2D([], [], marker="v", linestyle="", color="black", label="no attention"),
    ]
    if found is not None:
        label = f"found: {found}"
        handles.append(Line2D([], [], marker="*", markersize=12, linestyle="", color=FOUND, label=label))
    return handles
