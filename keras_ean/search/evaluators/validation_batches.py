"""The validation set in batches: kept on the device, or read one after the other."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import keras
import numpy as np
from keras import ops

from keras_ean.data import Split
from keras_ean.data.digest import digest, split_digest
from keras_ean.search.evaluators.labelled_images import checked_labels, labelled_arrays


class ValidationBatches(Protocol):
    """Batches of one size, in an order that is drawn once, so that the first of them are a random sample.

    Attributes:
        images: The number of images.
        batch_size: Images of every batch; the last one is filled up with images that were there before.
        shape: The shape of an image, the first one where a model has several inputs.
        digest: Stands for all images and labels.
        schemes_a_reading: So many schemes are worth to be scored with one reading.
    """

    images: int
    batch_size: int
    shape: tuple[int, ...]
    digest: str
    schemes_a_reading: int

    def between(self, start: int, stop: int) -> Iterator[tuple[Any, Any]]:
        """The batches from number `start` on, up to the one before `stop`: images and int32 labels as tensors."""
        ...


def batched(data: Any, supernet, batch_size: int, seed: int) -> ValidationBatches:
    """A `Split` is read batch by batch whenever it is needed; all else is kept on the device."""
    return (ReadBatches if isinstance(data, Split) else KeptBatches)(data, supernet, batch_size, seed)


class KeptBatches:
    """All batches on the device. Args: see `batched`; `data` as `as_arrays` takes them."""

    schemes_a_reading = 1

    def __init__(self, data: Any, supernet, batch_size: int, seed: int):
        images, labels = labelled_arrays(data, supernet)
        self.images, self.batch_size = len(labels), min(batch_size, len(labels))
        self.shape = keras.tree.flatten(images)[0].shape[1:]
        self.digest = digest([*keras.tree.flatten(images), labels])
        self.batches = [
            _tensors(keras.tree.map_structure(lambda x, rows=rows: x[rows], images), labels[rows])
            for rows in _order(self.images, self.batch_size, seed)
        ]

    def between(self, start: int, stop: int) -> Iterator[tuple[Any, Any]]:
        return iter(self.batches[start:stop])


class ReadBatches:
    """Each batch is read, from 8-bit pixels in memory or from files, while the one before it is in use. Args: see
    `batched`."""

    schemes_a_reading = 16

    def __init__(self, split: Split, supernet, batch_size: int, seed: int):
        example = split.take(np.arange(len(split))[:1]).arrays()[0]
        self.labels, self.split = checked_labels(example, split.labels, len(split), supernet), split
        self.images, self.batch_size = len(split), min(batch_size, len(split))
        self.shape = example.shape[1:]
        self.digest = split_digest(split)
        self.order = _order(self.images, self.batch_size, seed)

    def between(self, start: int, stop: int) -> Iterator[tuple[Any, Any]]:
        def read(index: int) -> Any:
            return self.split.take(self.order[index]).arrays()[0]

        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(read, start)
            for index in range(start, stop):
                current = following.result()
                if index + 1 < stop:
                    following = reader.submit(read, index + 1)
                yield _tensors(current, self.labels[self.order[index]])


def _order(images: int, batch_size: int, seed: int) -> np.ndarray:
    """Indices of images, (batches, batch_size)."""
    order = np.random.default_rng(seed).permutation(images)
    return np.resize(order, (math.ceil(images / batch_size), batch_size))


def _tensors(images: Any, labels: np.ndarray) -> tuple[Any, Any]:
    floats = keras.tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype="float32"), images)
    return floats, ops.convert_to_tensor(labels, dtype="int32")
