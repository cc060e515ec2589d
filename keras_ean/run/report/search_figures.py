"""Figures of how a search went: where its policy leant, and what its rewards were made of."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from keras_ean.measure.figure_style import FOUND, OTHER, plain, whole_numbers
from keras_ean.place_names import BLOCKS, PlaceNames
from keras_ean.search import Evaluation

COLORS = "cividis"
"""A scale that all eyes, and a grey print, tell apart."""


def probabilities_figure(
    probabilities: np.ndarray, stages: Sequence[int], title: str, names: PlaceNames = BLOCKS
) -> Figure:
    """A row for each place, a column for each step of the search: how likely the policy connects it.

    Args:
        probabilities: How likely each block was connected at each step, (steps, blocks) of 0 … 1.
        stages: The numbers of places in each stage; a line parts the stages.
        title: The title of the figure.
        names: What the places are called.
    """
    blocks = probabilities.shape[1]
    figure = Figure(figsize=(10, 1.6 + max(1.6, 0.2 * blocks)), layout="constrained")
    axes = figure.subplots()
    shown = axes.imshow(
        probabilities.T, aspect="auto", vmin=0, vmax=1, cmap=COLORS, interpolation="nearest", origin="upper"
    )
    for edge in np.cumsum(stages)[:-1]:
        axes.axhline(edge - 0.5, color="#ffffff", linewidth=2)
    axes.set_yticks(range(blocks), [names.short(block) for block in range(blocks)], fontsize="small")
    axes.set_xlabel("step of the search")
    whole_numbers(axes)
    axes.set_ylabel(names.noun)
    figure.colorbar(shown, ax=axes, label="probability of attention", pad=0.01)
    figure.suptitle(title)
    return figure


def rewards_figure(evaluations: Sequence[Evaluation], weights: Mapping[str, float], title: str) -> Figure:
    """The reward of every scheme in the order of scoring, and each part of it below, as it enters the reward.

    Args:
        evaluations: The evaluations of the search.
        weights: The weights of the parts of the reward that are drawn.
        title: The title of the figure.
    """
    rows = ["reward", *weights] if len(weights) > 1 else ["reward"]
    figure = Figure(figsize=(10, 1.2 + 1.5 * len(rows)), layout="constrained")
    order = range(1, len(evaluations) + 1)
    for axes, name in zip(figure.subplots(len(rows), sharex=True, squeeze=False)[:, 0], rows, strict=True):
        whole = name == "reward"
        weight = 1.0 if whole else weights[name]
        values = [one.reward if whole else weight * one.parts[name] for one in evaluations]
        axes.scatter(order, values, s=14, color=FOUND if whole else OTHER)
        axes.set_ylabel(name if weight == 1.0 else f"{weight:+g} × {name}", fontsize="small")
        plain(axes)
    axes.set_xlabel("evaluation")
    whole_numbers(axes)
    figure.suptitle(title)
    return figure
