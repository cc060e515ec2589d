"""Scores of schemes from short trainings from scratch."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend, recipes
from keras_ean.data.batches.augment import CropFlip
from keras_ean.data.batches.layers import CropFlipLayer
from keras_ean.data.digest import digest
from keras_ean.measure.effort import Effort
from keras_ean.recipes import Recipe
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator, register
from keras_ean.search.evaluators.labelled_images import labelled_arrays
from keras_ean.search.evaluators.logits import check_logits
from keras_ean.search.evaluators.sgd import SGDSteps, State, check_backend

EVALUATED = 1024  # Images per forward pass.


@register("training")
class TrainingEvaluator(Evaluator):
    """Trains the network of every scheme from scratch, briefly, and scores it on the validation set.

    The network is the supernet's body with the scheme as data and its weights set back, so that one trace serves all
    schemes. A score is noisy: it depends on the initial weights and on the order of the images. `repeat` counts
    independent trainings of a scheme: initial weights are drawn from (seed, repeat), the order from
    (seed, repeat, scheme), so that a score depends on neither the process nor the schemes scored before. With
    `common_order` the order too is drawn from (seed, repeat), so that all schemes see the same images in the same
    order (common random numbers).

    Args:
        supernet: The supernet that gives the architecture; its own weights are neither used nor changed.
        train: The training images and labels, in any form that `SupernetEvaluator` takes its data in; all are kept on
            the device.
        data: The validation set, in any form that `SupernetEvaluator` takes.
        recipe: The name of a recipe, or one of your own; epochs have full batches only, and images are augmented inside
            the compiled step.
        epochs: The number of epochs in place of the recipe's; None keeps the recipe's.
        side_by_side: The number of networks that are trained in one call, vectorised over their weights; above 1 it
            needs JAX. Measure before you use it: on an H200, four ResNet-20 took 1.9 times as long in one call as one
            after another.
        common_order: Whether all schemes see the images in the same order, instead of an order for each.
        seed: The seed of the initial weights and of the orders.

    Raises:
        ValueError: The data are as `SupernetEvaluator` refuses them, there are fewer images than a batch, networks are
            to train side by side on a backend other than JAX, the augmentation cannot run inside the compiled step, or
            the backend is PyTorch.

    Example:
        >>> import numpy as np
        >>> from keras_ean import build_supernet
        >>> from keras_ean.recipes import Recipe
        >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=2)
        >>> images, labels = np.zeros((8, 8, 8, 1)), np.zeros(8, int)
        >>> recipe = Recipe(epochs=1, batch_size=4, rate=0.1)
        >>> evaluator = TrainingEvaluator(supernet, (images, labels), (images, labels), recipe)
        >>> evaluator.score([Scheme("100 010 001")])
        [{'accuracy': 1.0}]
    """

    noisy = True
    pretrained = False

    def __init__(
        self,
        supernet,
        train,
        data,
        recipe: str | Recipe = "digits-short",
        epochs: int | None = None,
        side_by_side: int = 1,
        common_order: bool = False,
        seed: int = 0,
    ):
        self.recipe, self.common_order = recipes.get(recipe), common_order
        self.epochs, self.seed, self.side_by_side = _epochs(self.recipe, epochs), seed, side_by_side
        self.stages, self.config, self.kind = supernet.stages, supernet.get_config(), type(supernet)
        check_logits(supernet, type(self).__name__)
        images, labels = labelled_arrays(train, supernet, "training set")
        self.steps = len(labels) // self.recipe.batch_size
        if self.steps == 0:
            raise ValueError(
                f"A training needs at least one batch of {self.recipe.batch_size} images, but there are {len(labels)}."
            )
        self.train_images, self.train_labels = on_device(images, labels)
        self.validation = labelled_arrays(data, supernet)
        self.images = len(self.validation[1])
        self.own_settings = {
            "training_set": digest([images, labels]),
            "validation_set": digest(list(self.validation)),
            "recipe": repr(self.recipe),
            "epochs": self.epochs,
            "seed": seed,
            **({"common_order": True} if common_order else {}),  # Searches of before have no such key.
        }
        self.starts: dict[int, State] = {}
        self.body = self._fresh(repeat=0)
        self.training = SGDSteps(self.body, self.recipe, vectorized=side_by_side > 1)
        rate = self.recipe.learning_rate(self.steps, self.epochs)
        every = [float(rate(step) if callable(rate) else rate) for step in range(self.steps * self.epochs)]
        self.rates = np.array(every, "float32").reshape(self.epochs, self.steps)

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return self.own_settings

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the "accuracy" (0 … 1) of every scheme on the validation set after its training.

        Raises:
            ValueError: The share is not 1, since the training costs what it costs; or a scheme does not fit the stages.
        """
        if share != 1.0:
            raise ValueError(f"Trainings are scored on the whole validation set, not on a share of {share!r} of it.")
        scores = []
        for start in range(0, len(schemes), self.side_by_side):
            group = schemes[start : start + self.side_by_side]
            *_, state = self.train(group, repeat)
            scores += [{"accuracy": float(accuracy)} for accuracy in self.accuracy(state, group, *self.validation)]
        return scores

    @classmethod
    def check_backend(cls) -> None:
        check_backend()

    @classmethod
    def effort(
        cls,
        train: int,
        validation: int,
        calibration: int,
        recipe: str | Recipe = "digits-short",
        epochs: int | None = None,
        **options: Any,
    ) -> Effort:
        recipe = recipes.get(recipe)
        used = train - train % recipe.batch_size
        return Effort(forward=validation, trained=_epochs(recipe, epochs) * used)

    def train(self, schemes: Sequence[Scheme], repeat: int = 0) -> Iterator[State]:
        """Trains the networks of up to `side_by_side` schemes, and yields their state after every epoch.

        A state is a list of three lists: the values of the trainable variables, of the others, and the velocities of
        SGD, each with a leading axis over the networks if there are several side by side.

        Args:
            schemes: The schemes to train, from 1 to `side_by_side`.
            repeat: The number of the independent training, which has initial weights of its own.
        """
        rows, padded = self._rows(schemes)
        state = self._start(repeat)
        if self.side_by_side > 1:
            state = keras.tree.map_structure(lambda x: ops.repeat(x[None], self.side_by_side, axis=0), state)
        own = [() if self.common_order else scheme.bits for scheme in padded]
        draws = [np.random.default_rng([self.seed, repeat, *bits]) for bits in own]
        used = self.steps * self.recipe.batch_size
        for rates in self.rates:
            order = np.stack([draw.permutation(len(self.train_labels))[:used] for draw in draws]).astype("int32")
            order = order.reshape(len(draws), self.steps, self.recipe.batch_size)
            order = order if self.side_by_side > 1 else order[0]
            state, _ = self.training.run(
                state,
                rows,
                self.train_images,
                self.train_labels,
                ops.convert_to_tensor(order),
                ops.convert_to_tensor(rates),
            )
            yield state

    def accuracy(self, state: State, schemes: Sequence[Scheme], images, labels) -> np.ndarray:
        """Gives the accuracy (0 … 1) of every network of a state, (schemes,).

        Args:
            state: The state, as `train` yields it.
            schemes: The schemes that were trained.
            images: The images (images, height, width, channels).
            labels: The class numbers of the images, (images,).
        """
        rows, _ = self._rows(schemes)
        hits = np.zeros(self.side_by_side)
        for start in range(0, len(labels), EVALUATED):
            part = slice(start, start + EVALUATED)
            hits += ops.convert_to_numpy(self.training.hits(state, rows, *on_device(images[part], labels[part])))
        return hits[: len(schemes)] / len(labels)

    def _rows(self, schemes: Sequence[Scheme]):
        """Rows for the compiled calls, and the schemes with the last one repeated to fill the call."""
        schemes = [Scheme(scheme, self.stages) for scheme in schemes]
        if not 0 < len(schemes) <= self.side_by_side:
            raise ValueError(f"One call trains 1 to {self.side_by_side} schemes, not {len(schemes)}.")
        padded = schemes + [schemes[-1]] * (self.side_by_side - len(schemes))
        rows = np.array([scheme.bits for scheme in padded], "float32")
        return ops.convert_to_tensor(rows[:, None] if self.side_by_side > 1 else rows), padded

    def _start(self, repeat: int) -> State:
        """The state before training; drawn once."""
        if repeat not in self.starts:
            fresh = self._fresh(repeat)
            trainable = backend.values(fresh.trainable_variables)
            fixed = backend.values(fresh.non_trainable_variables)
            self.starts[repeat] = [trainable, fixed, [ops.zeros_like(value) for value in trainable]]
        return self.starts[repeat]

    def _fresh(self, repeat: int) -> keras.Model:
        """A body with initial weights of (seed, repeat); the caller's random states stay as they are."""
        with drawing(f"{self.seed} {repeat}"):
            supernet = self.kind.from_config(self.config)
            if self.recipe.augmentation is None:
                return supernet.body
            images, rows = (keras.Input(x.shape[1:]) for x in supernet.body.inputs)
            return keras.Model([images, rows], supernet.body([augmenting(self.recipe.augmentation)(images), rows]))


def _epochs(recipe: Recipe, asked: int | None) -> int:
    """Those that are asked for, or the recipe's; ValueError below 1."""
    epochs = recipe.epochs if asked is None else asked
    if epochs < 1:
        raise ValueError(f"epochs is a whole number from 1 on, not {epochs!r}.")
    return epochs


def on_device(images, labels):
    return ops.convert_to_tensor(images, dtype="float32"), ops.convert_to_tensor(labels, dtype="int32")


@contextmanager
def drawing(seed: str) -> Iterator[None]:
    """Keras draws the seeds of its initialisers from Python's generator: inside, it starts from `seed`."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def augmenting(augmentation) -> keras.layers.Layer:
    """The layer that does what a recipe's augmentation does; what it pads has the mean colour of normalised images.

    Raises:
        ValueError: There is no such layer.
    """
    if isinstance(augmentation, CropFlip):
        return CropFlipLayer(augmentation.padding, augmentation.flip)
    raise ValueError(
        f"Trainings of schemes augment by CropFlip inside the compiled step, not by {augmentation!r}; "
        "use a recipe without it."
    )
