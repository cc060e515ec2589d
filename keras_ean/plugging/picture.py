"""The picture of a model's attachment points."""

from collections.abc import Sequence
from pathlib import Path

from keras_ean import escaping
from keras_ean.plugging.point import AttachmentPoint
from keras_ean.scheme import Scheme

PER_LINE = 8
LINE = 1.25
"""Height of a line of blocks, in block widths."""
INCHES = 1.3
"""Width of a block."""
COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa7733", "#66aacc", "#aa3377", "#777777")
GREY = "#888888"


def draw(points: Sequence[AttachmentPoint], name: str, path: Path, scheme: Scheme) -> Path:
    """One line of blocks per stage: shortcut below, branch above, attention a circle, hollow where `scheme` is 0."""
    from matplotlib.figure import Figure

    lines = [line for stage in range(points[-1].stage + 1) for line in _lines(points, stage)]
    columns = max(map(len, lines))
    left, right, top, bottom = -1.3, max(columns, 2.5) + 0.1, 1.25, -LINE * (len(lines) - 1) - 0.45
    figure = Figure(figsize=(INCHES * (right - left), INCHES * (top - bottom)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for number, line in enumerate(lines):
        y, first = -LINE * number, number == 0 or lines[number - 1][0].stage != line[0].stage
        if first:
            shape = "×".join("?" if size is None else str(size) for size in line[0].shape)
            axes.text(-0.15, y + 0.3, f"stage {line[0].stage}\n{shape}", ha="right", va="center", fontsize=9)
        for column, point in enumerate(line):
            _block(axes, column, y, point, bool(scheme.bits[point.block]))
    axes.text(left + 0.1, top - 0.25, f"{name}: attention at {sum(scheme.bits)} of {len(points)} places", fontsize=10)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    path.parent.mkdir(parents=True, exist_ok=True)
    escaping.matplotlib(figure)
    figure.savefig(path, dpi=150)
    return path


def _lines(points: Sequence[AttachmentPoint], stage: int) -> list[list[AttachmentPoint]]:
    members = [point for point in points if point.stage == stage]
    return [members[start : start + PER_LINE] for start in range(0, len(members), PER_LINE)]


def _block(axes, x: float, y: float, point: AttachmentPoint, connected: bool) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    colour = COLOURS[point.stage % len(COLOURS)]
    axes.plot((x - 0.05, x + 0.95), (y, y), color=GREY, lw=1.2, zorder=1)
    if point.addition:
        axes.plot((x + 0.05, x + 0.05, x + 0.8, x + 0.8), (y, y + 0.6, y + 0.6, y), color=GREY, lw=1.2, zorder=1)
        axes.add_patch(Circle((x + 0.8, y), 0.09, facecolor="white", edgecolor="black", lw=1, zorder=3))
        axes.text(x + 0.8, y - 0.007, "+", ha="center", va="center", fontsize=10, zorder=4)
    height = 0.6 if point.addition else 0.0
    box = FancyBboxPatch(
        (x + 0.12, y + height - 0.15), 0.36, 0.3, boxstyle="round,pad=0,rounding_size=0.05", facecolor="#dddddd"
    )
    box.set(edgecolor=GREY, zorder=2)
    axes.add_patch(box)
    axes.text(x + 0.3, y + height, str(point.block), ha="center", va="center", fontsize=9, zorder=3)
    face = colour if connected else "white"
    axes.add_patch(Circle((x + 0.64, y + height), 0.1, facecolor=face, edgecolor=colour, lw=1.6, zorder=3))
    axes.text(x + 0.43, y - 0.2, _short(point.addition or point.branch_end), ha="center", va="top", fontsize=6.5)


def _short(name: str, limit: int = 22) -> str:
    return name if len(name) <= limit else f"{name[: limit // 2 - 1]}…{name[-limit // 2 :]}"
