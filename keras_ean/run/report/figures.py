"""Figures of a run, with matplotlib."""

from collections.abc import Collection, Mapping, Sequence

from matplotlib.figure import Figure

from keras_ean.measure.figure_style import FOUND, OTHER, RECOMMENDED, caption, legend_above, plain, whole_numbers
from keras_ean.place_names import BLOCKS, PlaceNames
from keras_ean.run import networks
from keras_ean.run.report import captions
from keras_ean.run.report.rows import Row, plain_of
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.run.verdict import Verdict
from keras_ean.scheme import Scheme


def comparison_figure(rows: Sequence[Row], title: str, verdict: Verdict) -> Figure:
    """Accuracy with its interval, and what attention adds in parameters and time to the network without it."""
    figure = Figure(figsize=(10, 0.5 * len(rows) + 2.4), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True)
    names = [f"{row.title} ({row.on})" for row in rows]
    colors = [_color(row.name == networks.FOUND, row.name == verdict.recommended) for row in rows]
    base = plain_of(rows) or rows[0]
    for row, name, color in zip(rows, names, colors, strict=True):
        low, high = verdict.intervals[row.name]
        unit, value = verdict.unit, verdict.unit.turned(row.accuracy)
        sides = [[unit.factor * max(0.0, side)] for side in (value - low, high - value)]
        sides = sides if unit.direction == "max" else sides[::-1]
        axes[0].errorbar(unit.factor * row.accuracy, name, xerr=sides, fmt="o", color=color, capsize=3)
    axes[0].set_xlabel(f"test {verdict.unit.axis}")
    axes[1].barh(names, [row.over(base, "parameters") for row in rows], color=colors)
    axes[1].set_xlabel(f"parameters over {base.title}, %")
    ranges = [50 * (row.latency_range_ms or 0.0) / base.latency_ms for row in rows]
    axes[2].barh(names, [row.over(base, "latency_ms") for row in rows], xerr=ranges, color=colors, capsize=3)
    axes[2].set_xlabel(f"inference time over {base.title}, %")
    axes[0].invert_yaxis()
    for axis in axes:
        plain(axis, "x")
    figure.suptitle(title)
    caption(figure, captions.comparison(verdict))
    return figure


def search_figure(
    schemes: Sequence[Scheme],
    scores: Sequence[float],
    marked: Mapping[str, Scheme],
    title: str,
    unit: Unit = ACCURACY,
    names: PlaceNames = BLOCKS,
) -> Figure:
    """Every evaluation in its order with the best so far, and the score against the number of connections.

    Args:
        schemes: The schemes in the order of their evaluation.
        scores: The score of each on the validation images, such as an accuracy, 0 … 1.
        marked: Schemes by what they are called, which are marked where they were scored.
        title: The title of the figure.
        unit: The unit of the scores.
        names: What the places that schemes connect are called.
    """
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    part = figure.subfigures(squeeze=False)[0, 0]
    order, connections = part.subplots(1, 2, sharey=True)
    percent, better = [unit.factor * score for score in scores], max if unit.direction == "max" else min
    best = [better(percent[: index + 1]) for index in range(len(percent))]
    order.scatter(range(1, len(percent) + 1), percent, s=12, color=OTHER, label="a scheme")
    order.step(range(1, len(percent) + 1), best, where="post", color="black", label="best so far")
    connections.scatter([sum(scheme.bits) for scheme in schemes], percent, s=12, color=OTHER)
    for name, scheme in marked.items():
        if scheme in schemes:
            index, style = list(schemes).index(scheme), {**captions.marker(name), "zorder": 3}
            order.scatter([index + 1], [percent[index]], label=f"{name}: {scheme}", **style)
            connections.scatter([sum(scheme.bits)], [percent[index]], **style)
    order.set_xlabel("evaluation")
    order.set_ylabel(f"validation {unit.axis}")
    whole_numbers(order)
    whole_numbers(connections)
    connections.set_xlabel(f"connected {names.noun}s of {len(schemes[0])}")
    legend_above(part, order)
    for axis in (order, connections):
        plain(axis)
    figure.suptitle(title)
    caption(figure, captions.search(marked, unit, names))
    return figure


def _color(found: bool, recommended: bool) -> str:
    if recommended:
        return RECOMMENDED
    return FOUND if found else OTHER


ROW = 24
"""Blocks that fit one row of `scheme_figure`; longer backbones get a row per stage."""
APART = 1.2
"""Width that each of several modules takes at a block or above a stage, in widths of a block."""


def scheme_figure(scheme: Scheme, module: str, title: str, share: bool = True, folded: Collection[int] = ()) -> Figure:
    """Draws the backbone as a chain of residual blocks by stage, and the attention module where the scheme connects it.

    Args:
        scheme: The scheme to draw.
        module: The name of the attention module; of several with a plus between them, each has its place at each block.
        title: The title of the figure.
        share: Whether the blocks of a stage share one module, or each has its own.
        folded: The numbers of the places, counted from 0, whose gate is a constant that is folded into other layers.
    """
    names = PlaceNames(module)
    counts = names.blocks(scheme.stages)
    apart = APART * len(names.modules) if names.several else 1.0
    step = 1.0 if share else apart
    # Modules that a stage shares stand side by side above it, also where it has fewer blocks than modules.
    widths = [max(step * count, apart) for count in counts]
    stages = list(range(len(counts)))
    rows = [stages] if sum(counts) <= ROW else [[stage] for stage in stages]
    longest = max(sum(widths[stage] + 0.6 for stage in row) for row in rows)
    high, top = (1.9, 1.4) if any(scheme.bits) else (1.1, 0.4)
    figure = Figure(figsize=(max(7.0, 0.7 * longest + 1), high * len(rows) + 0.5), layout="constrained")
    for axis, row in zip(figure.subplots(len(rows), squeeze=False)[:, 0], rows, strict=True):
        left = 0.0
        for stage in row:
            first, count = sum(counts[:stage]), counts[stage]
            start = left + (widths[stage] - step * count) / 2 + (step - 1) / 2
            blocks = {first + index: start + step * index for index in range(count)}
            _draw_stage(axis, stage, blocks, scheme, names, share, folded)
            left += widths[stage] + 0.6
        axis.plot([-0.9, left - 0.7], [0, 0], color="black", linewidth=1, zorder=-1)
        axis.set_xlim(-1, longest)
        axis.set_ylim(-0.9, top)
        axis.set_axis_off()
    figure.suptitle(title)
    return figure


def _draw_stage(
    axis,
    stage: int,
    blocks: Mapping[int, float],
    scheme: Scheme,
    names: PlaceNames,
    share: bool,
    folded: Collection[int],
) -> None:
    """Draws the blocks of a stage, by their numbers with where they stand, and the modules that serve them."""
    modules, middle = names.modules, sum(blocks.values()) / len(blocks)
    axis.text(middle, -0.7, f"stage {stage}", ha="center", va="center", color=OTHER)
    served = dict[tuple[float, str], list[tuple[int, float]]]()
    for block, x in blocks.items():
        places = range(block * len(modules), (block + 1) * len(modules))
        on = [place for place in places if scheme.bits[place]]
        _box(axis, x, 0, str(block), "black", "white", FOUND if on else OTHER)
        for place in on:
            number = place % len(modules)
            above = (middle if share else x) + APART * (number - (len(modules) - 1) / 2)
            served.setdefault((above, modules[number]), []).append((place, x))
    for (above, name), own in served.items():
        for place, x in own:
            line = "--" if place in folded else "-"
            axis.plot([above, x], [1, 0], color=FOUND, linewidth=1.2, linestyle=line, zorder=0)
        if {place for place, _ in own} <= set(folded):
            _box(axis, above, 1, f"{name}\nfolded", FOUND, "#fdfdfd", FOUND, "--")
        else:
            _box(axis, above, 1, name, "#fdfdfd", FOUND, FOUND)


def _box(axis, x: float, y: float, text: str, color: str, face: str, edge: str, line: str = "-") -> None:
    box = {"boxstyle": "round,pad=0.35", "linewidth": 1.2, "linestyle": line, "facecolor": face, "edgecolor": edge}
    axis.text(x, y, text, ha="center", va="center", color=color, bbox=box)
