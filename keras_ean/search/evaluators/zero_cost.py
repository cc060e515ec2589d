"""Scores of schemes without any training: what an untrained network's gradients tell, as a yardstick."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data.digest import digest
from keras_ean.registry import look_up
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.labelled_images import labelled_arrays
from keras_ean.search.evaluators.logits import check_logits
from keras_ean.search.evaluators.packing import Packing


class ZeroCostEvaluator(Evaluator):
    """Scores schemes by a measure of the network as it is, after arXiv 2101.08134: give it an untrained supernet.

    Such measures cost one gradient of one batch. They are yardsticks, which whatever costs a training has to beat, and
    no configuration of a run offers them. The metric has the measure's name, so that a search asks for
    `objective=("synflow", "max")`.

    Args:
        supernet: The supernet, untrained, which gives one logit for each class.
        train: The training images and labels; only the first batch of a random order is looked at.
        measure: What is measured: "gradient_norm" is the norm of the loss's gradient by the weights; "synflow" is the
            logarithm of Σ |weight · gradient of the summed outputs|, with all weights and images made positive;
            "jacobian" tells how little alike the gradients of the outputs by the images are, −Σ (log(λ + k) +
            1 / (λ + k)) over the eigenvalues λ of their correlations, with k = 1e-5.
        batch_size: The number of images in that batch.
        seed: The seed of the order of the images.

    Raises:
        ValueError: The measure is unknown, or images or labels do not fit the supernet.

    Example:
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet8", "se", (8, 8, 1), classes=2)
        >>> images = np.random.default_rng(0).normal(size=(6, 8, 8, 1)).astype("float32")
        >>> evaluator = ZeroCostEvaluator(supernet, (images, np.arange(6) % 2), measure="gradient_norm")
        >>> [score] = evaluator.score([Scheme("1 0 1")])
        >>> score["gradient_norm"] > 0
        True
    """

    pretrained = False

    def __init__(self, supernet, train, measure: str = "synflow", batch_size: int = 64, seed: int = 0):
        self.measure, self.stages, self.body = measure, supernet.stages, supernet.body
        check_logits(supernet, type(self).__name__)
        images, labels = labelled_arrays(train, supernet, "training set")
        chosen = np.random.default_rng(seed).permutation(len(labels))[:batch_size]
        batch = keras.tree.map_structure(lambda x: np.asarray(x)[chosen], images)
        self.batch = keras.tree.map_structure(lambda x: ops.convert_to_tensor(x, "float32"), batch)
        self.labels = ops.convert_to_tensor(labels[chosen], "int32")
        self.packing = Packing(self.body.trainable_variables)
        self.weights = self.packing.pack(self.body.trainable_variables)
        self.fixed = backend.values(self.body.non_trainable_variables)
        self.run = backend.compiled(partial(look_up("measure", measure, MEASURES), self))
        self.own_settings = {"training_set": digest([*keras.tree.flatten(batch), labels[chosen]]), "measure": measure}

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return dict(self.own_settings)

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the measure of every scheme under the measure's name; the higher it is, the better.

        No validation images are looked at.

        Raises:
            ValueError: A scheme does not fit the stages.
        """
        rows = [np.array([Scheme(scheme, self.stages).bits], "float32") for scheme in schemes]
        return [{self.measure: float(self.run(self.weights, ops.convert_to_tensor(row)))} for row in rows]

    def outputs(self, weights, images, rows, training: bool):
        """Gives the logits of the networks of some schemes, (batch, classes); it can be traced and differentiated.

        Args:
            weights: The values of all trainable weights, packed into one tensor.
            images: The images (batch, height, width, channels).
            rows: The schemes as rows of 0 and 1, (batch, blocks), or (1, blocks) for all images alike.
            training: Whether BatchNorm normalises with the statistics of the batch.
        """
        values = self.packing.unpack(weights)
        return self.body.stateless_call(values, self.fixed, [images, rows], training=training)[0]


def gradient_norm(evaluator: ZeroCostEvaluator, weights, rows):
    def loss(weights):
        logits = evaluator.outputs(weights, evaluator.batch, rows, training=True)
        return ops.mean(ops.sparse_categorical_crossentropy(evaluator.labels, logits, from_logits=True))

    return ops.sqrt(ops.sum(ops.square(backend.gradient(loss)(weights))))


def synflow(evaluator: ZeroCostEvaluator, weights, rows):
    ones = keras.tree.map_structure(lambda x: ops.ones_like(x[:1]), evaluator.batch)

    def total(weights):
        # BatchNorm's statistics of an untrained network leave what passes as it is.
        return ops.sum(evaluator.outputs(weights, ones, rows, training=False))

    positive = ops.abs(weights)
    return ops.log(ops.sum(ops.abs(positive * backend.gradient(total)(positive))))


def jacobian(evaluator: ZeroCostEvaluator, weights, rows):
    def total(images):
        return ops.sum(evaluator.outputs(weights, images, rows, training=True))

    each = ops.reshape(backend.gradient(total)(evaluator.batch), (len(evaluator.batch), -1))
    each = each - ops.mean(each, axis=1, keepdims=True)
    each = each / ops.sqrt(ops.sum(ops.square(each), axis=1, keepdims=True) + keras.config.epsilon())
    eigenvalues = ops.eigh(ops.matmul(each, ops.transpose(each)))[0] + 1e-5
    return -ops.sum(ops.log(ops.maximum(eigenvalues, 1e-6)) + 1 / ops.maximum(eigenvalues, 1e-6))


MEASURES: dict[str, Callable] = {one.__name__: one for one in (gradient_norm, synflow, jacobian)}
