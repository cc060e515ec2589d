"""Draws the pictures of docs/how_it_works.md and of README: `python docs/pictures.py` writes them."""

import re
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from keras_ean import Scheme
from keras_ean.run.report import scheme_figure

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
INK, ON, OFF, FILL = "#2c3e50", "#c0392b", "#95a5a6", "#ecf0f1"


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A page without axes whose units are inches."""
    figure = Figure((width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def box(axes: Axes, x: float, y: float, text: str, width: float = 1.3, height: float = 0.6, colour: str = INK) -> None:
    """A box around (x, y)."""
    corner = (x - width / 2, y - height / 2)
    style = "round,pad=0,rounding_size=0.08"
    axes.add_patch(FancyBboxPatch(corner, width, height, style, fc=FILL, ec=colour, lw=1.5))
    axes.text(x, y, text, ha="center", va="center", fontsize=9, color=colour)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = INK, bend: float = 0) -> None:
    style = {"arrowstyle": "->", "color": colour, "lw": 1.3, "connectionstyle": f"arc3,rad={bend}"}
    axes.annotate("", end, start, arrowprops=style)


def block() -> Figure:
    """A residual block whose branch ends in a gate."""
    figure, axes = canvas(8.4, 2.3)
    for x, text, colour in ((0.8, "input", INK), (2.5, "convolutions", INK), (6.2, "×", ON), (7.3, "+", INK)):
        box(axes, x, 1.5, text, 0.5 if len(text) == 1 else 1.3, colour=colour)
    box(axes, 4.4, 0.5, "attention:\nmean of each channel,\ntwo small layers", 2.1, 0.8, ON)
    arrow(axes, (1.45, 1.5), (1.85, 1.5))
    arrow(axes, (3.15, 1.5), (5.95, 1.5))
    arrow(axes, (6.45, 1.5), (7.05, 1.5))
    arrow(axes, (3.2, 1.35), (3.4, 0.75), ON)
    arrow(axes, (5.45, 0.6), (6.2, 1.2), ON)
    arrow(axes, (7.55, 1.5), (8.2, 1.5))
    arrow(axes, (0.8, 1.8), (7.3, 1.8), bend=-0.09)
    axes.text(4.4, 1.62, "branch", ha="center", fontsize=8, color=INK)
    return figure


def supernet() -> Figure:
    """Nine blocks in three stages, a shared module with a switch to each block, and one scheme."""
    figure, axes = canvas(8.4, 2.6)
    for number, bit in enumerate("100010001"):
        stage, x, on = number // 3, 0.6 + 0.78 * number + 0.25 * (number // 3), bit == "1"
        box(axes, x, 1.9, f"{number}", 0.6)
        line = ON if on else OFF
        axes.plot((x, 1.38 + 2.59 * stage), (1.6, 1.05), color=line, lw=2 if on else 1, ls="-" if on else ":")
        axes.text(x, 2.35, bit, ha="center", fontsize=10, color=line)
        if number % 3 == 1:
            box(axes, x, 0.75, f"module of stage {stage}", 1.7, colour=ON)
        if number < 8:
            arrow(axes, (x + 0.3, 1.9), (x + (0.48 if number % 3 < 2 else 0.73), 1.9))
    axes.text(4.2, 0.15, "scheme 100 010 001: attention in blocks 0, 4 and 8", ha="center", fontsize=9, color=INK)
    return figure


def search() -> Figure:
    """Oracle, scheme, score and reward, in a circle."""
    figure, axes = canvas(8.4, 2.0)
    steps = (
        "oracle\nproposes a scheme",
        "supernet\nunder the scheme",
        "score on\nvalidation images",
        "reward: score\nless price",
    )
    for place, text in enumerate(steps):
        box(axes, 1.1 + 2.05 * place, 1.3, text, 1.6, 0.8, ON if place == 0 else INK)
        if place < 3:
            arrow(axes, (1.9 + 2.05 * place, 1.3), (2.35 + 2.05 * place, 1.3))
    arrow(axes, (7.25, 0.9), (1.1, 0.9), bend=-0.12)
    axes.text(4.2, 0.18, "the oracle learns from every reward", ha="center", fontsize=9, color=INK)
    return figure


def verdict() -> Figure:
    """Intervals of three runs beside nothing and the tolerance."""
    figure, axes = canvas(8.4, 2.3)
    for x, text in ((4.4, "no attention"), (5.4, "tolerance")):
        axes.plot((x, x), (0.35, 1.95), color=OFF, lw=1, ls="--")
        axes.text(x, 2.05, text, ha="center", fontsize=9, color=INK)
    rows = (("attention pays", 4.9, 6.9, ON), ("attention does not pay", 3.2, 5.2, INK), ("undecided", 3.7, 6.4, OFF))
    for y, (text, low, high, colour) in zip((1.6, 1.1, 0.6), rows):
        axes.plot((low, high), (y, y), color=colour, lw=4, solid_capstyle="butt")
        axes.plot(((low + high) / 2,), (y,), "o", color=colour, ms=9)
        axes.text(0.4, y, text, va="center", fontsize=10, color=INK)
    axes.text(5.1, 0.08, "points of accuracy above the network without attention →", ha="center", fontsize=8, color=INK)
    return figure


def found_in_the_demo() -> str:
    """The scheme that the demo's run with seed 0 has found, by the table in experiments/README.md."""
    text = (ROOT / "experiments" / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^\| 0 \| `([01 ]+)` \|", text, re.MULTILINE)[0]


def main() -> None:
    scheme = found_in_the_demo()
    digits = scheme_figure(Scheme(scheme), "SE", "digits · ResNet-20 · one shared SE a stage · found with seed 0")
    digits.savefig(ROOT / "docs" / "digits.png", dpi=128, metadata={"Description": scheme})
    FOLDER.mkdir(exist_ok=True)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "keras_ean", "font.family": "sans-serif"}):
        for draw in (block, supernet, search, verdict):
            draw().savefig(FOLDER / f"{draw.__name__}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
