"""Encoded images, in files or in memory: all decoded once, so that nothing breaks in the middle of a training."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from rich.console import Console
from rich.progress import track

from keras_ean.data.decode import Content, UnreadableImage, read_image, read_shape
from keras_ean.data.options import Options
from keras_ean.data.pixels import Images
from keras_ean.data.statistics import fingerprint
from keras_ean.data.threads import threads

SHOW_PROGRESS_FROM = 5000
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Encoded:
    """Images that are decoded when indexed: a list of (height, width, channels), or an array where all have one size.

    Args:
        sources: What the contents of the image files are read from, such as paths.
        channels: The number of channels, 1 or 3.
        uniform: Whether all images have one size.
    """

    sources: Sequence[Content]
    channels: int
    uniform: bool

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray | list[np.ndarray]:
        images = list(threads().map(self._read, rows))
        return np.stack(images) if self.uniform and images else images

    def _read(self, row: int) -> np.ndarray:
        try:
            return read_image(self.sources[row].read_bytes(), self.channels)
        except UnreadableImage as error:
            raise UnreadableImage(f"{self.sources[row]}: {error}") from error


@dataclass(frozen=True, eq=False)
class Ragged:
    """Images of different sizes in memory."""

    images: Sequence[np.ndarray]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: np.ndarray) -> list[np.ndarray]:
        return [self.images[row] for row in rows]


class Look(NamedTuple):
    """What is known of one image."""

    shape: tuple[int, int, int]
    print: int
    pixels: np.ndarray | None


@dataclass
class Readout:
    """What reading gave: rows of the good images, their shapes, fingerprints and, if they fit, pixels."""

    rows: list[int]
    shapes: list[tuple[int, int, int]]
    prints: list[int]
    pixels: list[np.ndarray] | None
    bad: list[tuple[int, str]]

    @property
    def nbytes(self) -> int:
        return sum(image.nbytes for image in self.pixels or ())

    def images(self, sources: Sequence[Content], channels: int, uniform: bool) -> Images:
        """The good ones of `sources`."""
        if self.pixels is None:
            return Encoded([sources[row] for row in self.rows], channels, uniform)
        pixels = [np.repeat(x, channels // x.shape[2], axis=-1) for x in self.pixels]
        return np.stack(pixels) if uniform and pixels else Ragged(pixels)


def read_all(sources: Sequence[Content], options: Options, memory: int, title: str) -> Readout:
    """Looks at every image: decodes it, or without `options.verify` reads its header. Pixels are kept as long as
    they fit into `memory` bytes."""

    def look(source: Content) -> Look | str:
        try:
            content = source.read_bytes()
            if not options.verify:
                return Look(read_shape(content, options.channels), fingerprint(np.frombuffer(content, np.uint8)), None)
            pixels = read_image(content, options.channels)
        except (UnreadableImage, OSError) as error:
            return str(error)
        return Look(pixels.shape, fingerprint(pixels), pixels)

    readout = Readout([], [], [], [] if options.verify else None, [])
    held = 0
    for row, image in enumerate(progress(_mapped(look, sources), title, len(sources))):
        if isinstance(image, str):
            readout.bad.append((row, image))
            continue
        readout.rows.append(row)
        readout.shapes.append(image.shape)
        readout.prints.append(image.print)
        held += math.prod(image.shape)
        if readout.pixels is not None and held <= memory:
            readout.pixels.append(image.pixels)
        else:
            readout.pixels = None
    return readout


def _mapped(read: Callable, sources: Sequence, chunk: int = 1024) -> Iterable:
    """Mapped on all threads, in order, at most a chunk ahead of the consumer, which bounds the memory."""
    for start in range(0, len(sources), chunk):
        yield from threads().map(read, sources[start : start + chunk])


def progress(items: Iterable[T], title: str, total: int) -> Iterable[T]:
    """The items, with a progress bar on the error stream if there are many."""
    console = Console(stderr=True)
    return track(items, title, total, disable=total < SHOW_PROGRESS_FROM, console=console, transient=True)
