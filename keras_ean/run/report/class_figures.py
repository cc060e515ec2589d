"""Figures of what networks say of the test images, class by class and image by image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

MOST_NAMED, MOST_COUNTED = 40, 14
"""Classes whose names, and whose counts, can still be read in a confusion matrix."""
LONGEST = 16
"""Letters of a class's name that there is room for."""


def short(name: str) -> str:
    """The name as it is, or the beginning and the end of a long one.

    Example:
        >>> short("tabby cat"), short("a Labrador retriever, yellow")
        ('tabby cat', 'a Labrad… yellow')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[LONGEST // 2 - LONGEST + 1 :]}"


@dataclass(frozen=True, eq=False)
class Judged:
    """A test image that two networks judge differently.

    Attributes:
        pixels: The image (height, width, channels), as the network takes it.
        label: The name of its class.
        said: The class that each network names, by what the network is called.
    """

    pixels: np.ndarray
    label: str
    said: dict[str, str]


def confusion_figure(counts: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """A row for each class of the images, a column for each class that is named.

    Args:
        counts: The numbers of images, (classes, classes).
        names: The names of the classes.
        title: The title of the figure.
    """
    classes, names = len(names), [short(name) for name in names]
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    figure = Figure(figsize=(8, 7), layout="constrained")
    axes = figure.subplots()
    shown = axes.imshow(shares, vmin=0, vmax=1, cmap="Blues", interpolation="nearest")
    if classes <= MOST_NAMED:
        upright = max(map(len, names)) <= 3
        axes.set_xticks(range(classes), names, rotation=0 if upright else 90, fontsize="small")
        axes.set_yticks(range(classes), names, fontsize="small")
    if classes <= MOST_COUNTED:
        for (row, column), count in np.ndenumerate(counts):
            if count:  # These colours stay as they are on a dark page, since the cells do.
                color = "#fdfdfd" if shares[row, column] > 0.6 else "#101010"
                axes.text(column, row, str(count), ha="center", va="center", fontsize="small", color=color)
    axes.set_xlabel("class that the network names")
    axes.set_ylabel("class of the image")
    figure.colorbar(shown, ax=axes, label="share of the class's images", pad=0.01)
    figure.suptitle(title)
    return figure


def judged_figure(images: Sequence[Judged], title: str) -> Figure:
    """The images with their classes and with what is said of them."""
    columns = min(4, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(2.7 * columns, 3.1 * rows), layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False).flat
    for axes in every:
        axes.set_axis_off()
    for axes, one in zip(figure.axes, images):
        axes.imshow(displayed(one.pixels), cmap="gray", interpolation="nearest")
        said = (f"{network}: {short(said)}{'' if said == one.label else ' ✗'}" for network, said in one.said.items())
        lines = [f"is {short(one.label)}", *said]
        axes.set_title("\n".join(lines), fontsize="small", loc="left")
    figure.suptitle(title)
    return figure


@dataclass(frozen=True, eq=False)
class Seen:
    """A test image with where networks see its class.

    Attributes:
        pixels: The image (height, width, channels), as the network takes it.
        label: The name of its class.
        networks: For each network by its name, its map (height, width) of 0 … 1, and the class that it names.
    """

    pixels: np.ndarray
    label: str
    networks: dict[str, tuple[np.ndarray, str]]


def seen_figure(images: Sequence[Seen], title: str) -> Figure:
    """A row for each image: itself, and the same in grey under the map of every network."""
    columns = 1 + len(images[0].networks)
    figure = Figure(figsize=(1.9 * columns + 0.7, 2.3 * len(images) + 0.6), layout="constrained")
    grid = figure.subplots(len(images), columns, squeeze=False)
    colors = colormaps["viridis"]
    for axes in grid.flat:
        axes.set_axis_off()
    for row, (line, one) in enumerate(zip(grid, images, strict=True)):
        picture = displayed(one.pixels)
        line[0].imshow(picture, cmap="gray", interpolation="nearest")
        line[0].set_title(f"is {short(one.label)}", fontsize="small", loc="left")
        grey = picture.mean(axis=-1) if picture.ndim == 3 else picture
        for axes, (network, (found, said)) in zip(line[1:], one.networks.items(), strict=True):
            shaded = 0.45 * grey[..., None] + 0.55 * colors(found.astype("float32"))[..., :3]
            axes.imshow(shaded, interpolation="nearest")
            lines = [*([network] if not row else []), f"says {short(said)}{'' if said == one.label else ' ✗'}"]
            axes.set_title("\n".join(lines), fontsize="small", loc="left")
    scale = ScalarMappable(Normalize(0, 1), colors)
    figure.colorbar(scale, ax=list(grid[:, -1]), label="evidence for the class", shrink=0.8, pad=0.02)
    figure.suptitle(title)
    return figure


def displayed(pixels: np.ndarray) -> np.ndarray:
    """Any range of values as 0 … 1; grey images without their axis of channels, and of other numbers the first.

    Example:
        >>> displayed(np.array([[[-1.0], [3.0]]])).tolist()
        [[0.0, 1.0]]
    """
    low, high = float(pixels.min()), float(pixels.max())
    scaled = (pixels - low) / (high - low or 1.0)
    return scaled if pixels.shape[-1] == 3 else scaled[..., 0]
