"""Scores of schemes after a few training steps from the supernet's weights."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import recipes
from keras_ean.data import Split
from keras_ean.data.digest import digest
from keras_ean.measure.effort import Effort
from keras_ean.recipes import Recipe
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator, register
from keras_ean.search.evaluators.labelled_images import labelled_arrays
from keras_ean.search.evaluators.logits import check_logits
from keras_ean.search.evaluators.sgd import SGDSteps, State, check_backend
from keras_ean.search.evaluators.supernet import SupernetEvaluator

TUNING = Recipe(epochs=1, batch_size=64, rate=0.01, schedule="one_cycle")


@register("tuning")
class TuningEvaluator(Evaluator):
    """Tunes the supernet's weights to every scheme with a few steps of SGD, and scores them on the validation set.

    Every scheme starts from the supernet's weights as they are now; the supernet itself is not changed. The steps
    re-estimate its BatchNorm statistics as training does, so that those are more and more the scheme's own. `repeat`
    counts independent tunings of a scheme: the order of the images is drawn from (seed, repeat, scheme), so that a
    score depends on neither the process nor the schemes scored before.

    Args:
        supernet: The trained supernet.
        train: The training images and labels, in any form that `SupernetEvaluator` takes its data in; all are kept on
            the device. Those of a `keras_ean.data.Split` are augmented as the recipe says, each once; arrays are taken
            as they are.
        data: The validation set, in any form that `SupernetEvaluator` takes.
        steps: The number of steps of SGD for each scheme.
        recipe: The name of a recipe, or one of your own, whose batch size, momentum, weight decay, loss and learning
            rate are used; the schedule of the rate spans the steps.
        batch_size: The number of validation images in a forward pass.
        seed: The seed of the order of the training images, and of that of the validation images.

    Raises:
        ValueError: There are no steps, there are fewer training images than a batch, the data are as
            `SupernetEvaluator` refuses them, or the backend is PyTorch.

    Example:
        >>> from keras_ean import build_supernet
        >>> from keras_ean.bench.spaces import StagedResNet
        >>> supernet = build_supernet(StagedResNet((1, 1), width=4), "se", (8, 8, 1), classes=2)
        >>> data = np.zeros((8, 8, 8, 1)), np.zeros(8, int)
        >>> evaluator = TuningEvaluator(supernet, data, data, steps=2, recipe=Recipe(1, batch_size=4, rate=0.1))
        >>> [score] = evaluator.score([Scheme("1 0")])
        >>> score["accuracy"]
        1.0
    """

    noisy = True

    def __init__(
        self,
        supernet,
        train,
        data,
        steps: int = 10,
        recipe: str | Recipe = TUNING,
        batch_size: int = 256,
        seed: int = 0,
    ):
        recipe = recipes.get(recipe)
        check_logits(supernet, type(self).__name__)
        images, labels = labelled_arrays(train, supernet, "training set")
        if recipe.augmentation is not None and isinstance(train, Split):
            images = recipe.augmented(train, seed)
        _check_steps(steps)
        if len(labels) < recipe.batch_size:
            raise ValueError(
                f"Tuning needs at least one batch of {recipe.batch_size} images, but there are {len(labels)}."
            )
        self.seed, self.stages = seed, supernet.stages
        self.shape = (steps, recipe.batch_size)
        self.data = ops.convert_to_tensor(images, "float32"), ops.convert_to_tensor(labels, "int32")
        rate = recipe.learning_rate(steps, 1)
        every = [float(rate(step) if callable(rate) else rate) for step in range(steps)]
        self.rates = ops.convert_to_tensor(np.array(every, "float32"))
        self.tuning = SGDSteps(supernet.body, recipe)
        self.start = self.tuning.initial()
        self.evaluator = SupernetEvaluator(supernet, data, batch_size, schemes_per_pass=1, seed=seed)
        self.images = self.evaluator.images
        self.own_settings = {
            "training_set": digest([*keras.tree.flatten(images), labels]),
            "steps": steps,
            "recipe": repr(replace(recipe, augmentation=None)),  # It shows in the digest of the training set.
        }

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return {**self.evaluator.settings(), **self.own_settings}

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the "accuracy" (0 … 1) and the cross-entropy ("loss", in nats) of every scheme after its tuning.

        They are those of the first `share` of the validation set, in random order.

        Raises:
            ValueError: The share is not above 0 and at most 1, or a scheme does not fit the stages.
        """
        return [self._score(Scheme(scheme, self.stages), share, repeat) for scheme in schemes]

    @classmethod
    def check_backend(cls) -> None:
        check_backend()

    @classmethod
    def effort(
        cls,
        train: int,
        validation: int,
        calibration: int,
        steps: int = 10,
        recipe: str | Recipe = TUNING,
        **options: Any,
    ) -> Effort:
        _check_steps(steps)
        return Effort(forward=validation, trained=steps * recipes.get(recipe).batch_size)

    def _score(self, scheme: Scheme, share: float, repeat: int) -> dict[str, float]:
        trainable, fixed, _ = self.tune(scheme, repeat)
        self.evaluator.use(trainable, fixed)
        return self.evaluator.score([scheme], share)[0]

    def tune(self, scheme: Scheme, repeat: int = 0) -> State:
        """Tunes the supernet's weights to one scheme, and gives the values of its body's variables after the steps.

        They are a list of three lists: the trainable variables, the others, and the velocities of SGD.

        Args:
            scheme: The scheme to tune to.
            repeat: The number of the independent tuning, which has an order of the images of its own.
        """
        rows = ops.convert_to_tensor(np.array([scheme.bits], "float32"))
        state, _ = self.tuning.run(self.start, rows, *self.data, self._order(scheme, repeat), self.rates)
        return state

    def _order(self, scheme: Scheme, repeat: int):
        """Indices of training images, (steps, batch): epoch by epoch in random order."""
        draw = np.random.default_rng([self.seed, repeat, *scheme.bits])
        needed, images = np.prod(self.shape), len(self.data[1])
        epochs = [draw.permutation(images) for _ in range(-(-needed // images))]
        return ops.convert_to_tensor(np.concatenate(epochs)[:needed].reshape(self.shape).astype("int32"))


def _check_steps(steps: int) -> None:
    if steps < 1:
        raise ValueError(f"Tuning takes at least 1 step, not {steps!r}; SupernetEvaluator scores without any.")
