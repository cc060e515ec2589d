"""How a trained model is trained on: by its own task, briefly and gently."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import keras

from keras_ean.attention import Attention
from keras_ean.data.examples import ExampleBatches, Examples
from keras_ean.recipes.schedules import OneCycle
from keras_ean.training.task import Task


@dataclass(frozen=True)
class FineTuning:
    """Says how a model that is trained already is trained on, with its own loss and optimizer.

    It takes the place that `keras_ean.recipes.Recipe` has for a training from scratch.

    The rate rises over the first tenth of the steps and falls to 0 along a cosine. What is frozen in the model stays
    frozen; its layers keep the precision that they have.

    Args:
        epochs: The number of passes over the training images.
        batch_size: The number of images in each step.
        share: The highest rate, as a share of the highest one that the model was trained with.
        rate: The highest rate itself, in place of a share; None takes the share.
        task: What the model is trained for (`Task`); None where nothing is trained, but a plan is made.
        precision: The precision that a recipe would name; the layers of the model keep their own.
        drop_remainder: Whether the last batch of an epoch is left out if it is not full.

    Example:
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.3), "mse")
        >>> FineTuning(epochs=2, task=Task(model)).compile(model, steps_per_epoch=10)
        >>> round(float(model.optimizer.learning_rate), 3)
        0.05
    """

    epochs: int
    batch_size: int = 32
    share: float = 1 / 3
    rate: float | None = None
    task: Task | None = None
    precision: str = "float32"
    drop_remainder: bool = False

    @contextmanager
    def policy(self) -> Iterator[None]:
        """Does nothing, since a model's layers know their precision."""
        yield

    def batches(self, examples: Examples, seed: int = 0, epoch: int = 0) -> ExampleBatches:
        """Makes shuffled batches for training, to be given to `fit(…, shuffle=False)`.

        Args:
            examples: The training images with their targets.
            seed: The seed that the order of the images is drawn from.
            epoch: The epoch to begin with, counted from 0; a training that goes on is given the one it goes on at.
        """
        return examples.batches(self.batch_size, True, seed, epoch, self.drop_remainder)

    @property
    def peak(self) -> float:
        """This is the highest learning rate, which the training reaches after a tenth of its steps."""
        assert self.task is not None, "a plan trains nothing"
        return self.rate or self.share * self.task.rate

    def slower(self, factor: float) -> "FineTuning":
        """Gives the same fine-tuning with another rate, for a training that lost its numbers at this one.

        Args:
            factor: What the rate is multiplied by, such as 0.5.
        """
        return replace(self, rate=factor * self.peak)

    def compile(self, model: keras.Model, steps_per_epoch: int, epochs: int | None = None) -> None:
        """Compiles a model in place for its task, with a new optimizer whose rate rises and falls over all steps.

        Args:
            model: A built model with the outputs of the model that the task was taken from.
            steps_per_epoch: The number of batches in an epoch.
            epochs: The number of epochs in place of the fine-tuning's own; None keeps those.
        """
        assert self.task is not None, "a plan trains nothing"
        steps = steps_per_epoch * (epochs or self.epochs)
        self.task.compile(model, OneCycle(self.peak, steps, steps // 10))


def attention_alone(model: keras.Model) -> keras.Model:
    """The model with all but its attention modules frozen: new weights warm up before old ones follow them."""
    for layer in getattr(model, "body", model).layers:
        layer.trainable = layer.trainable and isinstance(layer, Attention)
    return model
