"""What all figures have in common."""

from pathlib import Path
from textwrap import wrap
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from keras_ean import escaping
from keras_ean.files import move, staging

FOUND = "#c0392b"
"""The colour of what the search names."""
RECOMMENDED = "#2471a3"
"""The colour of what the verdict recommends."""
OTHER = "#7f8c8d"
SERIES = (
    ("#0072b2", "o"),
    ("#d55e00", "s"),
    ("#009e73", "^"),
    ("#cc79a7", "D"),
    ("#e69f00", "v"),
    ("#56b4e9", "P"),
)
"""Colours that all eyes tell apart (Okabe and Ito), each with a marker, for curves of several networks."""


def plain(axes: Axes, grid: Literal["x", "y", "both"] = "both") -> None:
    """A faint grid, and no frame but the two axes."""
    axes.grid(axis=grid, alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def whole_numbers(axes: Axes, most: int = 9) -> None:
    """No ticks between the numbers of what is counted along x, and each tick with its whole number."""
    axes.xaxis.set_major_locator(MaxNLocator(most, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def legend_above(part: SubFigure, axes: Axes) -> None:
    """Names what is drawn in these axes above all of a part of a figure that has a constrained layout.

    Args:
        part: A subfigure that fills the figure: in the figure itself, the legend would lie upon its title.
        axes: The axes in it.
    """
    named = axes.get_legend_handles_labels()
    part.legend(*named, loc="outside upper center", ncols=5, fontsize="small", frameon=False)


def caption(figure: Figure, text: str) -> None:
    """Whole sentences below a figure that has a constrained layout."""
    width = int(14.5 * figure.get_figwidth())
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    figure.supxlabel("\n".join(wrap(text, width)), x=0.01, ha="left", fontsize="small", color="#333333")


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a figure to a PNG file, which appears only when it is complete.

    Args:
        figure: The figure of Matplotlib.
        path: The PNG file to write.
    """
    with staging(path) as partial:
        escaping.matplotlib(figure)
        figure.savefig(partial, dpi=150)
        move(partial, path)
