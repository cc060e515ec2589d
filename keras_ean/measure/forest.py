"""The effects of the blocks as a forest plot, with matplotlib."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from keras_ean.measure.effects import Effect, Effects
from keras_ean.measure.figure_style import FOUND, OTHER, caption, plain
from keras_ean.scheme import Scheme

STYLES: dict[str, dict[str, Any]] = {
    "on": {"color": FOUND, "markerfacecolor": FOUND},
    "off": {"color": "#2c3e50", "markerfacecolor": "#2c3e50"},
    "undecided": {"color": OTHER, "markerfacecolor": "white"},
}
LABELS = {"on": "worth its price", "off": "not worth it", "undecided": "undecided"}
MOST_INTERACTIONS = 20
"""Where there are more, only those are drawn whose interval leaves out 0."""


def forest_figure(
    effects: Effects,
    title: str,
    unit: str = "points",
    marked: Mapping[str, Scheme] | None = None,
    explained: str = "",
) -> Figure:
    """Draws the effects of the blocks and their interactions, a row for each: the effect, its interval, and the price
    that it has to exceed.

    Args:
        effects: The effects, as `keras_ean.measure.effects` gives them.
        title: The first line of the figure's title.
        unit: The unit of the effects, for the axis.
        marked: Schemes by their names; each has a column that marks the blocks that it connects.
        explained: Sentences below the figure that explain it.
    """
    blocks, pairs, dropped = len(effects.blocks), effects.interactions, ""
    if len(pairs) > MOST_INTERACTIONS:
        pairs = tuple(pair for pair in pairs if pair.decided != "undecided")
        dropped = f"\n{len(effects.interactions) - len(pairs)} interactions whose interval covers 0 are not drawn"
    rows = [*effects.blocks, *pairs]
    figure = Figure(figsize=(8.5, 0.27 * len(rows) + 2.2 + len(explained) / 600), layout="constrained")
    axis = figure.subplots()
    for place, effect in enumerate(rows):
        _draw(axis, effect, place, square=place >= blocks)
    prices = [block.price for block in effects.blocks]
    if any(prices):
        edges = np.arange(len(prices) + 1) - 0.5
        axis.stairs(prices, edges, orientation="horizontal", baseline=None, color="black", linestyle=":")
    axis.axvline(0, color="black", linewidth=0.8)
    axis.axhline(blocks - 0.5, color="black", linewidth=0.8 if pairs else 0)
    ends = np.cumsum(effects.stages)
    for stage, (first, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if stage % 2 == 0:
            axis.axhspan(first - 0.5, end - 0.5, color="black", alpha=0.05, linewidth=0)
    names = [
        f"{block.name} (stage {np.searchsorted(ends, place, side='right')})"
        for place, block in enumerate(effects.blocks)
    ]
    axis.set_yticks(range(len(rows)), [*names, *(pair.name for pair in pairs)], fontsize="small")
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlabel(
        f"effect of connecting the {effects.names.noun}, {unit}; {100 * effects.confidence:.3g} % intervals{dropped}"
    )
    plain(axis, "x")
    for column, (name, scheme) in enumerate((marked or {}).items()):
        _mark(axis, name, scheme, 1.06 + 0.13 * column)
    caption(figure, explained)
    axis.legend(
        handles=_legend(effects),
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        frameon=False,
        fontsize="small",
    )
    figure.suptitle(
        f"{title}\nwhat each {effects.names.noun} is worth on average over {effects.schemes} schemes", fontsize="medium"
    )
    return figure


def _mark(axis, name: str, scheme: Scheme, place: float) -> None:
    """A column right of the axes, with a dot at each block that the scheme connects."""
    across = {"transform": axis.get_yaxis_transform(), "ha": "center", "va": "center", "clip_on": False}
    axis.text(place, 1.01, name, fontsize="small", ha="center", va="bottom", transform=axis.transAxes)
    for block, bit in enumerate(scheme.bits):
        axis.text(place, block, "●" if bit else "–", fontsize="small", color="black" if bit else OTHER, **across)


def _draw(axis, effect: Effect, place: int, square: bool) -> None:
    style = dict(STYLES[effect.decided])
    if square and effect.decided != "undecided":
        style = {"color": "black", "markerfacecolor": "black"}
    if not np.isfinite(effect.error):
        axis.text(0, place, " no estimate", va="center", fontsize="small", color=OTHER)
        return
    sides = [[effect.effect - effect.low], [effect.high - effect.effect]]
    axis.errorbar(effect.effect, place, xerr=sides, fmt="s" if square else "o", markersize=5, capsize=3, **style)


def _legend(effects: Effects) -> list[Line2D]:
    seen = {block.decided for block in effects.blocks}
    handles = [
        Line2D([], [], marker="o", linewidth=1, label=LABELS[decided], **style)
        for decided, style in STYLES.items()
        if decided in seen
    ]
    if any(block.price for block in effects.blocks):
        handles.append(Line2D([], [], color="black", linestyle=":", label="price"))
    if effects.interactions:
        handles.append(
            Line2D(
                [],
                [],
                marker="s",
                linestyle="",
                color=OTHER,
                label="interaction (filled: not 0)",
                markerfacecolor="white",
            )
        )
    return handles
