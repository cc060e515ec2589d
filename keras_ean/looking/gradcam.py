"""Grad-CAM: where in an image a network finds a class (Selvaraju et al., ICCV 2017, arXiv 1610.02391)."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data.as_arrays import as_images
from keras_ean.graph.graph import Graph, Step
from keras_ean.graph.reading import as_functional, read_graph
from keras_ean.graph.residual import is_map
from keras_ean.graph.softmax import softmax_of
from keras_ean.registry import unknown


def gradcam(
    model: keras.Model, images: Any, layer: str | None = None, labels: Any = None, batch_size: int = 32
) -> np.ndarray:
    """Shows where in each image the evidence for a class is: maps (images, height, width) of the images' size, from 0
    to 1.

    A map is ReLU(Σ α_k A_k), where the A_k are the maps of a layer by channel, and α_k is the mean over positions of
    the gradient of the class's score by A_k. It is resized to the image and scaled to a largest value of 1. The score
    is the output for the class, before a softmax if the model ends in one. (Grad-CAM, arXiv 1610.02391, equations 1 and
    2.)

    Args:
        model: A functional or Sequential model, channels last, with one output (images, classes); nested models are
            looked into.
        images: Images as the model takes them, in any form that `ean.fold` takes.
        layer: The name of the layer whose maps are taken, at its last call; None takes the last that gives a map of
            more than one position.
        labels: The classes to look for, as numbers (images,) or one-hot rows; None takes those that the model finds. Of
            a model with one output, 1 looks for what raises it and 0 for what lowers it.
        batch_size: The number of images per pass.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed or unbuilt, or its output is not (images, classes); the layer is not known,
            or gives no map; or the labels do not fit.

    Example:
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "1 0 1", (8, 8, 1), classes=10)
        >>> gradcam(network, np.ones((2, 8, 8, 1)), labels=[3, 4]).shape
        (2, 8, 8)
    """
    view = View(model, layer)
    images = as_images(images, len(view.kinds))
    size = keras.tree.flatten(images)[0].shape[1:3]
    return scaled(view.maps(images, labels, batch_size), size)


def scaled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Brings maps to the size of the images, and each to a largest value of 1, (images, height, width)."""
    maps = ops.convert_to_numpy(ops.image.resize(maps[..., None], size))[..., 0]
    largest = maps.max(axis=(1, 2), keepdims=True, initial=0.0)
    return np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)


class View:
    """What of a model Grad-CAM needs: a layer's maps, and the gradient of a class's score by them.

    Args:
        model, layer: The arguments of the same names of `gradcam`.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model, its output or the layer is refused, as by `gradcam`.
    """

    def __init__(self, model: keras.Model, layer: str | None = None):
        self.graph = read_graph(model, whole=(keras.layers.Layer,))
        functional = as_functional(model)
        assert functional is not None, "read_graph refuses other models."
        self.kinds = [tensor.dtype for tensor in functional.inputs]
        shapes = [tuple(tensor.shape) for tensor in functional.outputs]
        if len(shapes) != 1 or len(shapes[0]) != 2:
            raise ValueError(
                f"Grad-CAM is of the score of a class, from one output (images, classes), but {model.name!r} gives "
                f"{shapes}. Make a model with the one output that you mean: keras.Model(model.input, output)."
            )
        [(_, self.classes)] = shapes
        self.step = _with_map(self.graph, model.name, layer)
        self.softmax = softmax_of(self.graph)

    def maps(self, images: Any, labels: Any, batch_size: int) -> np.ndarray:
        """Gives ReLU(Σ α_k A_k) in the size of the layer's maps, (images, height, width)."""
        number = len(keras.tree.flatten(images)[0])
        goals = None if labels is None else targets(labels, number, self.classes)
        forward, backward = self.run, backend.gradient(self.score)
        if number > batch_size:  # A trace takes longer than a batch.
            forward, backward = backend.compiled(forward), backend.compiled(backward)
        found = []
        for start in range(0, number, batch_size):
            batch = [ops.convert_to_tensor(x[start : start + batch_size]) for x in keras.tree.flatten(images)]
            answers, maps = forward(batch)
            goal = _own(answers, self.classes) if goals is None else goals[start : start + batch_size]
            gradient = ops.convert_to_numpy(backward(maps, batch, ops.convert_to_tensor(goal)))
            weights = gradient.mean(axis=(1, 2), keepdims=True)
            found.append(np.maximum((weights * ops.convert_to_numpy(maps)).sum(axis=-1), 0))
        return np.concatenate(found)

    def run(self, images: list, instead=None) -> tuple:
        """Gives the scores, (images, classes), and the layer's maps; with `instead` in their place."""
        taken = []

        def rewrite(step: Step, value, tensor):
            if step is self.step and value is step.outputs[0]:
                taken.append(tensor)
                return tensor if instead is None else instead
            return tensor

        images = [ops.cast(x, kind) for x, kind in zip(images, self.kinds, strict=True)]
        [scores] = keras.tree.flatten(self.graph.run(images, rewrite, self.layer))
        return ops.cast(scores, "float32"), taken[0]

    def score(self, maps, images: list, goal):
        """Adds up the scores of all images, which do not depend on each other."""
        return ops.sum(self.run(images, maps)[0] * goal)

    def layer(self, operation: Any, name: str) -> Callable:
        """Gives the operation, without a softmax at the end."""
        return without_softmax(operation) if operation is self.softmax else operation


def targets(labels: Any, number: int, classes: int) -> np.ndarray:
    """Makes (images, classes) with 1 for the class of each; with one class 1 or −1.

    Raises:
        ValueError: There is not one label for each image, or one is no class.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == classes > 1:
        labels = labels.argmax(-1)
    labels = labels.reshape(-1)
    if len(labels) != number or np.any((labels < 0) | (labels >= max(2, classes))):
        raise ValueError(
            f"There is one label from 0 to {max(2, classes) - 1} for each image, but {len(labels)} labels and {number} "
            f"images; the labels are {np.unique(labels).tolist()[:10]}."
        )
    if classes == 1:
        return np.where(labels > 0, 1, -1)[:, None].astype("float32")
    return np.eye(classes, dtype="float32")[labels.astype(int)]


def _own(answers, classes: int) -> np.ndarray:
    """The targets that the model finds by itself; of one output what raises it."""
    scores = ops.convert_to_numpy(answers)
    return targets(scores.argmax(-1) if classes > 1 else np.ones(len(scores)), len(scores), classes)


def _with_map(graph: Graph, model: str, layer: str | None) -> Step:
    """The last call of a layer, or the last call that gives a map of more than one position."""
    steps = [step for step in graph.steps if is_map(step.outputs[0])]
    if layer is None:
        steps = [step for step in steps if step.outputs[0].shape[1:3] != (1, 1)]
        if not steps:
            raise ValueError(f"No layer of {model!r} gives a map (images, height, width, channels) to look at.")
        return steps[-1]
    named = [step for step in steps if step.name == layer]
    if not named:
        raise ValueError(unknown("layer with a map", layer, {step.name for step in steps if step.name}))
    return named[-1]


def without_softmax(operation: Any) -> Callable:
    """What comes before the softmax of a layer that applies it, or is it."""
    if not hasattr(operation, "kernel"):
        return lambda x, *args, **kwargs: x

    def call(*args, **kwargs):
        activation, operation.activation = operation.activation, keras.activations.linear
        try:
            return operation(*args, **kwargs)
        finally:
            operation.activation = activation

    return call
