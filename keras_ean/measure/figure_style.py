"""What all figures have in common."""

from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_ean.files import move, staging

FOUND = "#c0392b"
"""The colour of what the search names."""
OTHER = "#7f8c8d"


def plain(axes: Axes, grid: Literal["x", "y", "both"] = "both") -> None:
    """A faint grid, and no frame but the two axes."""
    axes.grid(axis=grid, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a PNG, whole or not at all."""
    with staging(path) as partial:
        figure.savefig(partial, dpi=150)
        move(partial, path)
