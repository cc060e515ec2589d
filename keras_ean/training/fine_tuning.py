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
    """Says how a given model is trained on, with its own loss and optimizer, as `keras_ean.recipes.Recipe` says it of a
    training from scratch.

    The rate rises over the first tenth of the steps and falls to 0 along a cosine. What is frozen in the model stays
    frozen; its layers keep the precision that they have.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        share: The share of the highest rate that the model was trained with, for the peak.
        rate: The peak itself, instead.
        task: The model's; None for a plan.
        drop_remainder: Leave out an epoch's last batch if it is not full.

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
        """Makes shuffled batches of `examples` for training, in the order of a `seed`, from an `epoch` on."""
        return examples.batches(self.batch_size, True, seed, epoch, self.drop_remainder)

    @property
    def peak(self) -> float:
        """This is the highest rate."""
        assert self.task is not None, "a plan trains nothing"
        return self.rate or self.share * self.task.rate

    def slower(self, factor: float) -> "FineTuning":
        """Gives the same fine-tuning with `factor` times its rate."""
        return replace(self, rate=factor * self.peak)

    def compile(self, model: keras.Model, steps_per_epoch: int, epochs: int | None = None) -> None:
        """Compiles a built model in place for its task, with the rate over `steps_per_epoch` times `epochs`."""
        assert self.task is not None, "a plan trains nothing"
        steps = steps_per_epoch * (epochs or self.epochs)
        self.task.compile(model, OneCycle(self.peak, steps, steps // 10))


def attention_alone(model: keras.Model) -> keras.Model:
    """The model with all but its attention modules frozen: new weights warm up before old ones follow them."""
    for layer in getattr(model, "body", model).layers:
        layer.trainable = layer.trainable and isinstance(layer, Attention)
    return model
