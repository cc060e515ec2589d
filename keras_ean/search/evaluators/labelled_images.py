"""The images and classes that schemes are trained and scored on, checked before the first of them is."""

from typing import Any

import keras
import numpy as np

from keras_ean.data.as_arrays import as_arrays
from keras_ean.data.sources.arrays import class_labels
from keras_ean.training.targets import fits, listed


def labelled_arrays(data: Any, supernet, what: str = "validation set") -> tuple[Any, np.ndarray]:
    """Images as arrays, and labels as int32, (images,), from all that `as_arrays` takes.

    Raises:
        ValueError: The data are in a form that `as_arrays` refuses, or the images or labels do not fit the supernet.
    """
    images, labels = as_arrays(data)
    return images, checked_labels(images, labels, len(keras.tree.flatten(images)[0]), supernet, what)


def checked_labels(images: Any, labels: np.ndarray, count: int, supernet, what: str = "validation set") -> np.ndarray:
    """Labels as int32, (n,), from (n,), (n, 1) or one-hot (n, classes).

    Args:
        images: Some of them, to see that they fit the supernet.
        labels: The labels of all images.
        count: The number of images.
        supernet: Supernet with one output, (images, classes).
        what: What messages call the data.

    Raises:
        ValueError: No images; images that do not fit the supernet; labels that are no classes of its, one an image; a
            supernet that is no classifier.
    """
    if count == 0:
        raise ValueError(f"The {what} has no images.")
    outputs = [tuple(output.shape[1:]) for output in supernet.body.outputs]
    if len(outputs) != 1 or len(outputs[0]) != 1 or outputs[0][0] < 2:
        raise ValueError(
            "Schemes are scored by their accuracy as classifiers: a supernet needs one output of one logit per class, "
            f"(images, classes), but the outputs of this one are {outputs}. Compile the supernet "
            "with its loss and metrics, by which it is scored then, or give an evaluator of your own."
        )
    wanted = [tuple(x.shape[1:]) for x in supernet.body.inputs[:-1]]
    found = [tuple(x.shape[1:]) for x in keras.tree.flatten(images)]
    if len(wanted) != len(found) or not all(map(fits, found, wanted)):
        raise ValueError(f"The {what} has images of {listed(found)}, but the supernet takes {listed(wanted)}.")
    labels, classes = class_labels(labels, count, f"The {what}"), outputs[0][0]
    low, high = min(labels.tolist()), max(labels.tolist())
    if isinstance(low, str) or low < 0 or high >= classes:
        raise ValueError(
            f"The {what} has labels from {low!r} to {high!r}, but the supernet's {classes} classes are "
            f"0 … {classes - 1}."
        )
    return labels.astype("int32")
