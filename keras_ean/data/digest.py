"""What tells one set of images from another, so that a search is not resumed on other data."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.data.files import Encoded
from keras_ean.data.split import CHUNK, Images, Rows, Split
from keras_ean.data.tfrecord import Record


def digest(arrays: Iterable[Any]) -> str:
    """16 hexadecimal digits that stand for the values, types and shapes of NumPy arrays."""
    state = hashlib.blake2b(digest_size=8)
    for array in map(np.asarray, arrays):
        state.update(f"{array.dtype} {array.shape}".encode())
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


def split_digest(split: Split) -> str:
    """16 hexadecimal digits that stand for the images and labels of a split, in their order.

    They cover all labels, the first image as the network takes it, which holds size, preparation and normalisation,
    and of the images what is cheap to know: pixels in memory; names and sizes of files, wherever their folder is; the
    places of TFDS's records. A file that was replaced by another one of the same name and size is not noticed. Images
    that are read by somebody else's class are read once.
    """
    return digest([split.labels, split.take(np.arange(1)).arrays()[0], *_parts(split.images, np.arange(len(split)))])


def content_digest(split: Split) -> str:
    """The same without the first image as the network takes it, which another machine may decode otherwise."""
    return digest([split.labels, *_parts(split.images, np.arange(len(split)))])


def _parts(images: Images, rows: np.ndarray) -> Iterator[np.ndarray]:
    if isinstance(images, Rows):
        yield from _parts(images.images, images.rows[rows])
    elif isinstance(images, Encoded):
        yield np.array([_name(images.sources[row]) for row in rows])
    else:
        for start in range(0, len(rows), CHUNK):
            chunk = images[rows[start : start + CHUNK]]
            yield from [chunk] if isinstance(chunk, np.ndarray) else chunk


def _name(source: Any) -> str:
    """What a file, or a record in one, is known by."""
    if isinstance(source, Path):
        return f"{source.name} {source.stat().st_size}"
    if isinstance(source, Record):
        return f"{source.path.name} {source.offset} {source.length}"
    return hashlib.sha256(source.read_bytes()).hexdigest()
