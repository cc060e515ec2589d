"""Images from `tf.data.Dataset`s."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_ean.data.image_data import ImageData
from keras_ean.data.options import DEFAULT, Options
from keras_ean.data.source_registry import register
from keras_ean.data.sources.arrays import from_arrays


def is_dataset(source: Any) -> bool:
    """Whether `source` is a `tf.data.Dataset`; needs no TensorFlow to say no."""
    return any(
        base.__module__.startswith("tensorflow.") and base.__name__ == "DatasetV2" for base in type(source).__mro__
    )


def is_dataset_by_split(source: Any) -> bool:
    """Whether `source` is a `tf.data.Dataset`, or a dict of such by split, or two or three of them."""
    if isinstance(source, tuple | list):
        return len(source) in (2, 3) and all(map(is_dataset, source))
    by_split = isinstance(source, Mapping) and bool(source) and all(map(is_dataset, source.values()))
    return by_split or is_dataset(source)


# Registered after arrays, whose module is imported above, and so asked before them: a dict may hold either.
@register("tf.data.Dataset", is_dataset_by_split)
def load_dataset(
    dataset: Any, class_names: Sequence[str] | None = None, options: Options = DEFAULT, name: str = "tf.data.Dataset"
) -> ImageData:
    """A data set of a `tf.data.Dataset` of (image, label), batched or not, of {"train": dataset, …}, or of several, for
    training and test, or for training, validation and test.

    It is read once into memory, so that splits stay what they are when the dataset shuffles anew each time.

    Args:
        dataset: The dataset or datasets, finite and of images of one size.
        class_names: The names of the classes, if the labels are 0 … classes − 1; None takes those that
            `keras.utils.image_dataset_from_directory` has noted, or else the distinct labels.
        options: What is held out, the size, whether images are normalised, and `memory`, the most bytes that are read.
        name: The name of the data set in messages.

    Raises:
        ValueError: An element is no (image, label), a dataset is infinite or larger than `memory`, or its arrays are
            refused by `from_arrays`.
    """
    if isinstance(dataset, tuple | list):
        dataset = dict(zip(("train", "test") if len(dataset) == 2 else ("train", "validation", "test"), dataset))
    datasets = dataset if isinstance(dataset, Mapping) else {"train": dataset}
    class_names = class_names or getattr(datasets.get("train"), "class_names", None)
    memory = options.memory
    pairs = {}
    for split, one in datasets.items():
        pairs[split] = _read(one, f"{name} {split}", memory)
        memory -= pairs[split][0].nbytes
    return from_arrays(pairs, class_names, options, name)


def _read(dataset: Any, what: str, memory: int) -> tuple[np.ndarray, np.ndarray]:
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2 or any(getattr(part, "shape", None) is None for part in spec):
        raise ValueError(f"{what} must give (image, label); it gives {spec}.")
    if dataset.cardinality() == -1:
        raise ValueError(f"{what} is infinite; leave out repeat().")
    if spec[0].shape.rank == 4:
        dataset = dataset.unbatch()
    images: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    held = 0
    for image, label in dataset.as_numpy_iterator():
        held += image.nbytes
        if held > memory:
            raise ValueError(
                f"{what} exceeds {memory} bytes at image {len(images)}: raise memory=…, or give the images in folders."
            )
        if images and image.shape != images[0].shape:
            raise ValueError(
                f"{what}: images differ in size, {images[0].shape} and {image.shape}; resize them in the pipeline."
            )
        images.append(image)
        labels.append(label)
    if not images:
        raise ValueError(f"{what} is empty.")
    return np.stack(images), np.array(labels)
