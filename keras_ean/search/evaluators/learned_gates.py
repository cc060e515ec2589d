"""Scores of schemes by strengths that are learned, one a block, while one network is trained."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import recipes
from keras_ean.data.digest import digest
from keras_ean.recipes import Recipe
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.labelled_images import labelled_arrays
from keras_ean.search.evaluators.logits import check_logits
from keras_ean.search.evaluators.sgd import SGDSteps, State, check_backend

SPEED = 10.0
"""Strengths are sigmoid(SPEED · θ), so that they move about SPEED² times as fast as a weight does at one rate."""


class LearnedGatesEvaluator(Evaluator):
    """Scores schemes by strengths between 0 and 1, one for each block's attention, that one training learns.

    With strength s, a block gives x + s · (attention(x) − x). Strengths begin at ½ and are trained together with the
    weights, by the loss alone in the first half of the epochs, so that attention has time to become useful, and then
    under the loss + price · mean strength: attention that lowers the loss by more than its price is drawn to 1, other
    to 0 (a plain sigmoid; the relaxation of arXiv 1806.09055 with a cost as in arXiv 1712.01312). The score
    of a scheme is the sum of (strength − ½) over its connected blocks, so that the highest one has exactly the blocks
    above ½: its metric is "strength".

    Args:
        supernet: The supernet from whose weights the training starts; it is not changed.
        train: The training images and labels, in any form that `SupernetEvaluator` takes its data in; all are kept on
            the device.
        recipe: The name of the recipe of the training, or one of your own; images are not augmented.
        price: What attention in every block must lower the loss by to be worth it, in units of the loss (nats).
        seed: The seed of the order of the images.

    Attributes:
        strengths: The strength of each block after the training, (blocks,) of 0 … 1.

    Raises:
        ValueError: The backend is PyTorch, there are fewer training images than a batch, or the data are as
            `SupernetEvaluator` refuses them.

    Example:
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet8", "se", (8, 8, 1), classes=2)
        >>> data = np.random.default_rng(0).normal(size=(8, 8, 8, 1)).astype("float32"), np.arange(8) % 2
        >>> evaluator = LearnedGatesEvaluator(supernet, data, Recipe(1, batch_size=4, rate=0.1))
        >>> evaluator.strengths.shape
        (3,)
    """

    pretrained = False

    def __init__(self, supernet, train, recipe: str | Recipe, price: float = 0.01, seed: int = 0):
        recipe = recipes.get(recipe)
        check_logits(supernet, type(self).__name__)
        images, labels = labelled_arrays(train, supernet, "training set")
        steps = len(labels) // recipe.batch_size
        if not steps:
            raise ValueError(f"A training needs a batch of {recipe.batch_size} images, but there are {len(labels)}.")
        self.stages, self.price = supernet.stages, price
        self.own_settings = {
            "training_set": digest([*keras.tree.flatten(images), labels]),
            "recipe": repr(recipe),
            "price": price,
            "seed": seed,
        }
        rate = recipe.learning_rate(steps, recipe.epochs)
        training = Strengthened(supernet.body, recipe, sum(self.stages))
        data = ops.convert_to_tensor(images, "float32"), ops.convert_to_tensor(labels, "int32")
        state, draw = training.initial(), np.random.default_rng(seed)
        for epoch in range(recipe.epochs):
            order = draw.permutation(len(labels))[: steps * recipe.batch_size].reshape(steps, -1).astype("int32")
            rows = ops.convert_to_tensor([[price if 2 * epoch >= recipe.epochs else 0.0]])
            numbers = range(epoch * steps, (epoch + 1) * steps)
            rates = np.array([float(rate(step) if callable(rate) else rate) for step in numbers], "float32")
            state, _ = training.run(state, rows, *data, ops.convert_to_tensor(order), ops.convert_to_tensor(rates))
        self.strengths = ops.convert_to_numpy(ops.sigmoid(SPEED * state[0][-1])).astype("float64")

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return dict(self.own_settings)

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the "strength" of every scheme, the sum of (strength − ½) over its connected blocks.

        No validation images are looked at.

        Raises:
            ValueError: A scheme does not fit the stages.
        """
        bits = [Scheme(scheme, self.stages).bits for scheme in schemes]
        return [{"strength": float(np.dot(row, self.strengths - 0.5))} for row in bits]

    @classmethod
    def check_backend(cls) -> None:
        check_backend()


class Strengthened(SGDSteps):
    """Steps that train θ of every block beside the body's weights; `rows` is the price, (1, 1)."""

    def __init__(self, body: keras.Model, recipe: Recipe, blocks: int):
        super().__init__(body, recipe)
        self.blocks = blocks

    def initial(self) -> State:
        trainable, fixed, velocities = super().initial()
        rest = ops.zeros((self.blocks,), "float32")
        return [[*trainable, rest], fixed, [*velocities, rest]]

    def _loss(self, trainable, fixed, images, labels, rows):
        strengths = ops.sigmoid(SPEED * trainable[-1])
        loss, fixed = super()._loss(trainable[:-1], fixed, images, labels, strengths[None])
        return loss + rows[0, 0] * ops.mean(strengths), fixed
