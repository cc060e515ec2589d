"""A hypermodel over schemes, for every tuner that Keras Tuner has: a training per trial instead of a supernet."""

from collections.abc import Callable, Sequence

import keras
import keras_tuner

from keras_ean import attention as attentions
from keras_ean import backbones, backend
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.plugging import PluggedBackbone, plug
from keras_ean.scheme import Scheme
from keras_ean.supernet.network import build_network
from keras_ean.supernet.placement import stages_of
from keras_ean.training.task import Task, fresh


class SchemeHyperModel(keras_tuner.HyperModel):
    """Builds and compiles the network of the Boolean hyperparameters `block_0` … `block_{m-1}`.

    For further hyperparameters, derive a class: they are declared where they are used, in `compile`, or, as those of
    the training itself (`batch_size`), in Keras Tuner's `fit(hp, model, …)`.

    Args:
        backbone: The name of a backbone, or a configured one; or a trained model, into which attention is plugged, and
            from whose weights every trial starts.
        attention: The name of an attention module, or a configured one.
        input_shape: The (height, width, channels) of an image; needed for a backbone.
        classes: The number of classes; needed for a backbone.
        share: Whether the connected blocks of a stage share one module, or each has its own.
        optimizer: A function that makes an optimizer, since every trial needs its own; None takes SGD with momentum 0.9
            for a backbone, and the model's own kind for a model.
        loss: The loss, as `keras.Model.compile` takes it; "auto" takes the cross-entropy of logits for a backbone, and
            the model's own for a model.
        metrics: The metrics, as `keras.Model.compile` takes them; None takes the accuracy for a backbone, and the
            model's own for a model.
        default: Whether each block is connected where a tuner takes the default values, such as in its first trial.
        name: The name of the hypermodel.

    Raises:
        ValueError: A backbone has no input shape or no classes, or a model has no loss or no place for attention.

    Example:
        >>> hypermodel = SchemeHyperModel("resnet20", "se", (8, 8, 1), classes=10)
        >>> parameters = keras_tuner.HyperParameters()
        >>> hypermodel.build(parameters).output_shape, len(parameters.space)
        ((None, 10), 9)
        >>> class WithRate(SchemeHyperModel):
        ...     def compile(self, network, hp):
        ...         optimizer = keras.optimizers.SGD(hp.Float("rate", 0.01, 0.1))
        ...         network.compile(optimizer, self.loss, metrics=self.metrics)
        >>> network = WithRate("resnet20", "se", (8, 8, 1), classes=10).build(parameters)
        >>> parameters.get("rate")
        0.01
    """

    def __init__(
        self,
        backbone: str | Backbone | keras.Model,
        attention: str | Attention = "se",
        input_shape: tuple[int, ...] | None = None,
        classes: int | None = None,
        share: bool = True,
        optimizer: Callable[[], keras.optimizers.Optimizer] | None = None,
        loss="auto",
        metrics: Sequence | None = None,
        default: bool = True,
        name: str | None = None,
    ):
        super().__init__(name=name)
        self.attention, self.input_shape, self.classes, self.share = attention, input_shape, classes, share
        self.per_block = attentions.get(attention).per_block
        self.default = default
        if isinstance(backbone, keras.Model):
            self.backbone: Backbone = PluggedBackbone(backbone)
            task = Task(backbone, loss=None if loss == "auto" else loss, metrics=metrics)
            self.loss, self.metrics = task.arguments["loss"], task.arguments.get("metrics")
            self.optimizer = optimizer or task.new_optimizer
        else:
            self.backbone = backbones.get(backbone)
            if input_shape is None or classes is None:
                raise ValueError("A backbone needs input_shape=(height, width, channels) and classes=.")
            self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if loss == "auto" else loss
            self.metrics = ["accuracy"] if metrics is None else list(metrics)
            self.optimizer = optimizer or (lambda: keras.optimizers.SGD(0.05, momentum=0.9))

    def scheme(self, hp: keras_tuner.HyperParameters) -> Scheme:
        """Gives the scheme of a trial, and declares its hyperparameters `block_0`, `block_1`, … if they are new.

        Args:
            hp: The hyperparameters of the trial.
        """
        stages = stages_of(self.backbone, self.per_block)
        return Scheme([int(hp.Boolean(f"block_{i}", default=self.default)) for i in range(sum(stages))], stages)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        if isinstance(self.backbone, PluggedBackbone):
            network = plug(self.backbone.model, self.attention, self.scheme(hp), self.share)
        else:
            assert self.input_shape is not None
            assert self.classes is not None
            network = build_network(
                self.backbone, self.attention, self.scheme(hp), self.input_shape, self.classes, self.share
            )
        self.compile(network, hp)
        # With its variables, so that Keras Tuner's `get_best_models` can load those that it has saved.
        network.optimizer.build(network.trainable_variables)
        return network

    def compile(self, network: keras.Model, hp: keras_tuner.HyperParameters) -> None:
        """Compiles the network of a trial; a subclass may ask `hp` for more than the scheme.

        Args:
            network: The network of the trial, which is compiled in place.
            hp: The hyperparameters of the trial.
        """
        metrics = keras.tree.map_structure(fresh, self.metrics)
        network.compile(self.optimizer(), self.loss, metrics=metrics, jit_compile=backend.jit_compile())
