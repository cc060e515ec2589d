"""Image files: all decoded once at loading, so that nothing breaks in the middle of a training."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from keras_ean.data.decode import UnreadableImage, read_image
from keras_ean.data.split import Images
from keras_ean.data.statistics import fingerprint

SHOW_PROGRESS_FROM = 5000


@dataclass(frozen=True, eq=False)
class Files:
    """Images that are read when indexed: a list of (height, width, channels), or one array where all have one size."""

    paths: list[Path]
    channels: int
    uniform: bool

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray | list[np.ndarray]:
        images = [read_image(self.paths[row], self.channels) for row in rows]
        return np.stack(images) if self.uniform and images else images


@dataclass(frozen=True, eq=False)
class Ragged:
    """Images of different sizes in memory."""

    images: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: np.ndarray) -> list[np.ndarray]:
        return [self.images[row] for row in rows]


@dataclass
class Readout:
    """What reading all files gave: the good ones, their shapes, fingerprints and, if they fit, pixels."""

    paths: list[Path]
    shapes: list[tuple[int, int, int]]
    prints: list[int]
    pixels: list[np.ndarray] | None
    bad: list[str]

    @property
    def channels(self) -> int:
        return max((shape[2] for shape in self.shapes), default=3)

    def images(self, uniform: bool, channels: int) -> Images:
        if self.pixels is None:
            return Files(self.paths, channels, uniform)
        pixels = [x if x.shape[2] == channels else as_channels(x, channels) for x in self.pixels]
        return np.stack(pixels) if uniform and pixels else Ragged(pixels)


def as_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """An image (height, width, 1) as (height, width, channels)."""
    return np.repeat(image, channels, axis=-1)


def read_all(paths: list[Path], channels: int | None, memory: int, workers: int | None) -> Readout:
    """Decodes every file; pixels are kept as long as they fit into `memory` bytes."""

    def read(path: Path) -> np.ndarray | str:
        try:
            return read_image(path, channels)
        except UnreadableImage as error:
            return f"{path}: {error}"

    readout = Readout([], [], [], [], [])
    held = 0
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        steps = track(
            zip(paths, pool.map(read, paths)),
            f"Reading {len(paths)} images",
            len(paths),
            disable=len(paths) < SHOW_PROGRESS_FROM,
            console=Console(stderr=True),
            transient=True,
        )
        for path, image in steps:
            if isinstance(image, str):
                readout.bad.append(image)
                continue
            readout.paths.append(path)
            readout.shapes.append(image.shape)
            readout.prints.append(fingerprint(image))
            held += image.nbytes
            if readout.pixels is not None and held <= memory:
                readout.pixels.append(image)
            else:
                readout.pixels = None
    return readout
