"""What a task says of outputs: its loss and metrics over a set, and the objective image by image."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data.examples import Examples
from keras_ean.measure.bootstrap import resampled
from keras_ean.measure.influence import influences
from keras_ean.training.targets import check_examples, functional_of
from keras_ean.training.task import Task


class Scorer:
    """Computes the loss and the metrics of a model's task from its outputs, for a whole set or image by image.

    The state of a Keras metric is a sum over images (of hits, of a confusion matrix, …), and what it says is a function
    of that sum. So a batch gives its part of the sum, and an image gives the score that the objective owes to it.

    Args:
        task: The task, whose loss and metrics are computed.
        model: A functional or Sequential model or a `Supernet`, whose outputs are to be scored.
        examples: Images and targets, of which a few are tried at once, to see whether they fit.

    Attributes:
        objective: The name of the objective, which is one of `names`.
        direction: The direction of the objective, "max" if more is better and "min" if less is.
        names: The names of the loss and of all metrics, the loss first.

    Raises:
        ValueError: The images or targets do not fit the model and its loss, or the task does not have its objective
            among its metrics.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> examples = Examples(np.zeros((3, 2), "float32"), np.ones(3, "float32"))
        >>> scorer = Scorer(Task(model), model, examples)
        >>> scorer.results(scorer.sums(examples.take(slice(2)), np.full((2, 1), 0.5)))
        {'loss': 0.25, 'mae': 0.5}
    """

    def __init__(self, task: Task, model: keras.Model, examples: Examples):
        check_examples(task, model, examples)
        self.head, some = head_of(model), examples.take(slice(4))
        self.head.compile(**task.measures())
        outputs = keras.tree.map_structure(ops.convert_to_numpy, model(tensors(some.inputs), training=False))
        try:  # Builds the metrics, too.
            predicted, *others = self._given(some, outputs)
            self.head.compute_metrics(None, others[0], predicted, *others[1:])
            self.head.compute_loss(None, others[0], predicted, *others[1:], training=False)
        except Exception as error:  # Whatever a loss or metric raises of targets that it does not take.
            raise ValueError(f"The model's loss and metrics do not take these targets: {_brief(error)}") from error
        self.head.reset_metrics()
        self.variables: list = []
        self.trackers: list[int] = []
        for metric in self.head.metrics:
            if type(metric) is keras.metrics.Mean:  # Of the losses.
                self.trackers.append(len(self.variables))
            self.variables += metric.variables
        self.start = [ops.convert_to_numpy(variable).astype("float64") for variable in self.variables]
        self._of_batch, self._of_each = backend.compiled(self.states), backend.compiled(self._each)
        self._of_sums = backend.compiled(lambda rows: ops.map(self._objective, rows))
        self._traceable = True
        found = self.results(self.sums(some, outputs))
        self.names = tuple(found)
        self.objective, self.direction = task.named(found)
        self._check(some, outputs, found)

    def states(self, outputs: Any, targets: Any, weights: Any = None):
        """Computes what a batch adds to the states of loss and metrics, (size,); it can be traced.

        Args:
            outputs: What the model gives for the images of the batch.
            targets: The targets of the same images.
            weights: How much each image counts; None counts each as 1.
        """
        old = [ops.convert_to_tensor(start, of.dtype) for start, of in zip(self.start, self.variables)]
        images = ops.cast(ops.shape(keras.tree.flatten(outputs)[0])[0], "float32")
        with keras.StatelessScope(state_mapping=list(zip(self.variables, old))) as scope:
            loss = self.head.compute_loss(None, targets, outputs, weights, training=False)
            self.head.metrics[0].update_state(loss, sample_weight=images)
            self.head.compute_metrics(None, targets, outputs, weights)
        new = [scope.get_current_value(variable) for variable in self.variables]
        added = [ops.cast(after - before, "float32") for after, before in zip(new, old)]
        for place in self.trackers:  # Keras counts the batches of a size that it does not know as one image each.
            total, count = added[place : place + 2]
            added[place : place + 2] = ops.divide_no_nan(total, count) * images, images
        return ops.concatenate([ops.reshape(part, (-1,)) for part in added])

    def _each(self, outputs: Any, targets: Any, weights: Any = None):
        """The `states` of every image by itself, (images, size)."""
        given = (outputs, targets) if weights is None else (outputs, targets, weights)

        def one(parts):
            return self.states(*keras.tree.map_structure(lambda part: ops.expand_dims(part, 0), parts))

        return ops.map(one, given)

    def sums(self, examples: Examples, outputs: Any) -> np.ndarray:
        """Gives what some images together add to the states of loss and metrics, float64 (size,).

        Args:
            examples: The images with their targets and weights.
            outputs: What the model gives for them, in the same order.
        """
        return ops.convert_to_numpy(self._of_batch(*self._given(examples, outputs))).astype("float64")

    def each(self, examples: Examples, outputs: Any) -> np.ndarray:
        """Gives what each image by itself adds to the states of loss and metrics, float64 (images, size).

        Args:
            examples: The images with their targets and weights.
            outputs: What the model gives for them, in the same order.
        """
        return ops.convert_to_numpy(self._of_each(*self._given(examples, outputs))).astype("float64")

    def _given(self, examples: Examples, outputs: Any) -> tuple:
        _, *others = examples.parts()
        return tensors(outputs), *map(tensors, others)

    def results(self, sums: np.ndarray) -> dict[str, float]:
        """Gives the loss and the metrics of a set of images by their names.

        Args:
            sums: What the images of the set have added to the states, (size,), as `sums` gives it or summed over
                batches or images.
        """
        for variable, value in zip(self.variables, self._unpacked(ops.convert_to_tensor(sums, "float32"))):
            variable.assign(value)
        found = self.head.get_metrics_result()
        return {name: float(np.mean(ops.convert_to_numpy(value))) for name, value in found.items()}

    def _unpacked(self, sums) -> list:
        edges = np.cumsum([start.size for start in self.start])[:-1].tolist()
        parts = ops.split(sums, edges)
        return [
            ops.cast(ops.reshape(part, start.shape) + ops.convert_to_tensor(start, "float32"), variable.dtype)
            for part, start, variable in zip(parts, self.start, self.variables)
        ]

    def _objective(self, sums):
        with keras.StatelessScope(state_mapping=list(zip(self.variables, self._unpacked(sums)))):
            return ops.mean(ops.cast(self.head.get_metrics_result()[self.objective], "float32"))

    def of_images(self, states: np.ndarray) -> np.ndarray:
        """Gives what each image contributes to the objective, (images,), such that more is better.

        The mean of the contributions is the objective of the set, its sign turned where less is better. Where the
        objective is a mean over images, they are its values; of any other one they are the images' influences
        (`keras_ean.measure.influence`).

        Args:
            states: The states of every image, as `each` gives them.
        """
        return self._sign * influences(states, self._of_rows)

    def of_resamples(self, states: np.ndarray, subjects: np.ndarray | None = None) -> np.ndarray:
        """Gives the objective of sets of images that are drawn from the given ones with replacement, one value a set.

        They tell how far the objective depends on the choice of the images (`keras_ean.measure.bootstrap`); the sign is
        turned where less is better.

        Args:
            states: The states of every image, as `each` gives them.
            subjects: What each image shows, as whole numbers from 0 on; images of one are drawn together.
        """
        if subjects is not None:
            together = np.zeros((subjects.max() + 1, states.shape[1]))
            np.add.at(together, subjects, states)
            states = together
        return self._sign * resampled(states, self._of_rows)

    @property
    def _sign(self) -> float:
        return 1.0 if self.direction == "max" else -1.0

    def _of_rows(self, sums: np.ndarray) -> np.ndarray:
        """The objective of several sums, (n, size) → (n,)."""
        if not self._traceable:
            return np.array([self.results(row)[self.objective] for row in sums])
        return ops.convert_to_numpy(self._of_sums(ops.convert_to_tensor(sums, "float32"))).astype("float64")

    def _check(self, some: Examples, outputs: Any, found: dict[str, float]) -> None:
        name, together = self.objective, self.sums(some, outputs)
        apart = self.results(self.each(some, outputs).sum(axis=0))[name]
        if not np.isclose(apart, found[name], rtol=1e-3, atol=1e-5, equal_nan=True):
            raise ValueError(
                f"The metric {name!r} cannot be taken apart into what each image adds to it: of all images at once it "
                f"is {found[name]:.4g}, and put together from single ones {apart:.4g}. Choose another objective."
            )
        # A metric may read its variables in a way that a compiled function does not see.
        [value] = self._of_rows(together[None])
        self._traceable = bool(np.isclose(value, found[name], rtol=1e-3, atol=1e-5, equal_nan=True))


def head_of(model: keras.Model) -> keras.Model:
    """A model without weights that hands on outputs of this model's names, shapes and structure."""
    functional = functional_of(model)
    names = iter(functional.output_names)

    def named(x):
        return keras.layers.Identity(name=next(names), dtype=x.dtype)(x)

    shapes = [(output.shape, output.dtype) for output in functional.outputs]
    inputs = [keras.Input(batch_shape=shape, dtype=kind) for shape, kind in shapes]
    outputs = keras.tree.pack_sequence_as(functional.output, list(map(named, inputs)))
    return keras.Model(inputs, outputs, name="head")


def tensors(structure: Any) -> Any:
    return keras.tree.map_structure(ops.convert_to_tensor, structure)


def _brief(error: Exception, most: int = 300) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else f"{text[:most]} …"
