"""Images with whatever a model is trained on: targets of any structure, and weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_ean.data.as_arrays import in_batches, joined, read, single, to_array, to_arrays, to_inputs
from keras_ean.data.batches.batches import Batches
from keras_ean.data.split import Split


@dataclass(frozen=True, eq=False)
class Examples:
    """All examples of a data set in memory; every array has one row an example.

    Args:
        inputs: The inputs of the model: an array, or its structure of arrays.
        targets: The targets, as the compiled loss takes them: an array, or a structure of arrays.
        weights: How much each example counts in a loss, (n,); None if all count alike.

    Example:
        >>> examples = Examples(np.zeros((5, 8, 8, 1)), {"age": np.arange(5), "kind": np.eye(5)})
        >>> len(examples), [len(x) for x, y in examples.batches(2)]
        (5, [2, 2, 1])
    """

    inputs: Any
    targets: Any
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(keras.tree.flatten(self.inputs)[0])

    in_memory = False
    """Not as one array of images, which is what training on images that stay on the device takes."""

    def parts(self) -> tuple:
        """(inputs, targets) or (inputs, targets, weights), as `fit` takes them."""
        return (self.inputs, self.targets) if self.weights is None else (self.inputs, self.targets, self.weights)

    def take(self, rows: Any) -> "Examples":
        """The examples of these rows, in their order."""
        return Examples(*keras.tree.map_structure(lambda values: values[rows], self.parts()))

    def batches(
        self, batch_size: int, shuffle: bool = False, seed: int = 0, epoch: int = 0, drop_remainder: bool = False
    ) -> "ExampleBatches":
        """The batches for `fit`, which are the same for the same seed and epoch."""
        examples: Any = self  # Whose rows `ExampleBatches` takes by itself.
        return ExampleBatches(examples, batch_size, shuffle, None, seed, epoch, drop_remainder)

    def in_turn(self, batch_size: int) -> Iterator["Examples"]:
        """All examples in their order, so many at once."""
        for start in range(0, len(self), batch_size):
            yield self.take(slice(start, start + batch_size))


class ExampleBatches(Batches):
    """Batches (inputs, targets) or (inputs, targets, weights). Args: as `Batches`, but of `Examples`."""

    split: Any

    def made(self, rows: np.ndarray, generator: np.random.Generator) -> Any:
        # tf.data makes one tensor of a list.
        return keras.tree.lists_to_tuples(self.split.take(rows).parts())


def read_examples(data: Any, what: str) -> Examples:
    """All examples of a data set, read once into memory.

    Args:
        data: (inputs, targets) or (inputs, targets, weights) in arrays, tensors, or structures of these; a `Split`; a
            `tf.data.Dataset`, batched or not; a `keras.utils.PyDataset`; or any other iterable of such tuples, such as
            PyTorch's loaders: what `keras_ean.data.as_arrays` reads, with its limit of 4 GiB.
        what: The words by which messages call the data.

    Raises:
        ValueError: The data are in another form, empty or without an end, or their arrays have several lengths; the
            message says what is wrong.
    """
    if isinstance(data, Examples):
        return data
    try:
        examples = Examples(*_parts(data))
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error
    counts = sorted({len(values) for values in keras.tree.flatten(examples.parts())})
    if counts == [0]:
        raise ValueError(f"{what}: there are no images.")
    if len(counts) > 1:
        raise ValueError(f"{what}: images and targets need one number of rows, but there are {counts}.")
    return examples


def _parts(data: Any) -> tuple:
    if isinstance(data, Split):
        return data.arrays()
    if isinstance(data, tuple | list) and not in_batches(data):
        return _triple(data)
    parts = read(data, _triple)
    if len({len(part) for part in parts}) > 1:
        raise ValueError("some batches have weights and some have none.")
    alone = single(parts[0][0])
    return tuple(joined([part[place] for part in parts], alone) for place in range(len(parts[0])))


def _triple(element: Any) -> tuple:
    if not isinstance(element, tuple | list) or len(element) not in (2, 3):
        kind = f"{type(element).__name__} of {len(element)}" if isinstance(element, tuple | list) else type(element)
        raise ValueError(f"data are (images, targets) or (images, targets, weights), not {kind}.")
    inputs, *others = element
    inputs = to_inputs(inputs)
    return tuple(
        keras.tree.map_structure(_in_32_bits, part) for part in (inputs, *(_targets(x, inputs) for x in others))
    )


def _targets(values: Any, inputs: Any) -> Any:
    """A mapping, or a tuple or list of one array an output, is a structure; what else there is, an array."""
    if isinstance(values, tuple | list) and values:
        if single(inputs):
            several = isinstance(values, tuple)
        else:
            rows = len(keras.tree.flatten(inputs)[0])
            several = all(np.shape(each)[:1] == (rows,) for each in values)
        return to_arrays(values) if several else to_array(values)
    return to_arrays(values)


def _in_32_bits(values: np.ndarray) -> np.ndarray:
    """Numbers of 64 bits in 32, with which backends compute."""
    kind = {"f": "float32", "i": "int32"}.get(values.dtype.kind)
    return values.astype(kind) if kind and values.dtype.itemsize == 8 else values
