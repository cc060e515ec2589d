"""The supernet: the backbone with its attention everywhere and the scheme as a runtime tensor."""

from collections.abc import Sequence
from functools import cached_property

import keras
from keras import ops

from keras_ean import attention as attentions
from keras_ean import backbones, backend
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.scheme import Scheme
from keras_ean.supernet import distillation, sampling
from keras_ean.supernet.calibration import Calibrator, batch_statistics
from keras_ean.supernet.distillation import Distillation
from keras_ean.supernet.frozen import freeze, frozen, inside
from keras_ean.supernet.network import build_network, transfer_weights
from keras_ean.supernet.placement import Placement, stages_of
from keras_ean.supernet.under_schemes import UnderSchemes


@keras.saving.register_keras_serializable("keras_ean")
class Supernet(UnderSchemes):
    """Holds all 2^m networks of a backbone in one model with shared weights.

    It is a `keras.Model`: `fit`, `evaluate`, `predict` and `save` work as usual.

    Inputs: images (batch, height, width, channels), or {"image": images, "scheme": rows} with rows of 0 and 1,
    (batch, blocks) or (1, blocks). Without rows, training draws them (`sampling`), and inference uses the full
    scheme, or the one given to `evaluate`, `predict` and calls. Output: logits (batch, classes).

    Args:
        backbone: The name of a backbone, or a configured one (`keras_ean.backbones.get`).
        attention: The name of an attention module, or a configured one (`keras_ean.attention.get`).
        input_shape: The (height, width, channels) of an image.
        classes: The number of classes, and so of logits.
        share: Whether the blocks of a stage share one module (arXiv 2011.14058), or each has its own.
        sampling: The name of the strategy that draws the schemes of a training batch (`keras_ean.supernet.sampling`).
        seed: The seed that the schemes are drawn from; None takes a random one.
        distill: How much in-place distillation from the full scheme counts in the loss, or a configured `Distillation`;
            0 leaves it out.
        frozen_layers: The names of the layers that do not learn, instead of those that the backbone freezes; a saved
            supernet is loaded with the layers that it had frozen.

    Example:
        >>> import numpy as np
        >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=10)
        >>> supernet.stages
        (3, 3, 3)
        >>> supernet.predict(np.zeros((2, 8, 8, 1)), scheme="100 000 011", verbose=0).shape
        (2, 10)
    """

    def __init__(
        self,
        backbone: str | Backbone,
        attention: str | Attention,
        input_shape: tuple[int, ...],
        classes: int,
        share: bool = True,
        sampling: str = "bernoulli",
        seed: int | None = None,
        distill: float | Distillation = 0.0,
        frozen_layers: Sequence[str] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.backbone = backbones.get(backbone)
        module = attentions.get(attention)
        self.attention_config = keras.saving.serialize_keras_object(module)
        self.places = stages_of(self.backbone, module.per_block)
        self.image_shape = tuple(input_shape)
        self.classes = classes
        self.share = share
        self.sampling = sampling
        self.sample = sampling_strategy(sampling)
        self.seeds = keras.random.SeedGenerator(seed)
        self.body = self._build_body()
        self.distillation = distillation.get(distill, self.body.outputs)
        self.fixed = self.add_weight(
            shape=(1, len(self.full)), initializer="ones", trainable=False, name="scheme", autocast=False
        )
        self.decisions = self.add_weight(
            shape=(2, len(self.full)), initializer="zeros", trainable=False, name="decisions", autocast=False
        )
        self.built = True
        backend.keep_loss_scaling(self)
        if frozen_layers is not None:
            freeze(self.body, set(frozen_layers), {path for path, _ in inside(self.body)})

    def _build_body(self) -> keras.Model:
        blocks = sum(self.stages)
        inputs = self.backbone.inputs(self.image_shape)
        scheme = keras.Input((blocks,), name="scheme")
        bits = ops.unstack(scheme, blocks, axis=1)
        placement = Placement(self.attention, self.stages, range(blocks), self.share)

        def attend(x, block):
            for place in placement.of(block):
                x = placement(x, place, bits[place])
            return x

        outputs = self.backbone.outputs(inputs, attend, self.classes)
        return keras.Model([inputs, scheme], outputs, name="body")

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of residual blocks in each stage of the backbone, such as (3, 3, 3); with a `Choice`,
        as many times that as it has modules.
        """
        return self.places

    @property
    def full(self) -> Scheme:
        """This is the scheme with attention in every block."""
        return Scheme.full(self.stages)

    @property
    def attention(self) -> Attention:
        """This is a new attention module, not yet built, with the options of those in the supernet."""
        return keras.saving.deserialize_keras_object(self.attention_config)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Computes the compiled loss; in training the distillation is added, weighted by `sample_weight` too.

        Args:
            x, y, y_pred, sample_weight, training: The arguments of `keras.Model.compute_loss`.
        """
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        if self.distillation is None or not training:
            return loss
        return loss + self.distillation(self._full_logits(self._parts(x)[0]), y_pred, sample_weight)

    def _full_logits(self, images):
        """The logits of the full scheme in training mode, but for blocks that are decided, without a gradient. A
        stateless call: BatchNorm normalises with the batch's statistics, while its moving statistics learn from the
        student's pass alone."""
        body, rows = self.body, self.within(ops.ones((1, len(self.full))))
        logits, _ = body.stateless_call(
            body.trainable_variables, body.non_trainable_variables, [images, rows], training=True
        )
        return ops.stop_gradient(logits)

    def extract(
        self,
        scheme: Scheme | str | Sequence[int],
        name: str | None = None,
        calibrate=None,
        batch_size: int = 256,
        share: bool | None = None,
    ) -> keras.Model:
        """Makes the network of a scheme, as `build_network` builds it, with the supernet's weights.

        Args:
            scheme: Which blocks have attention, with one bit for each residual block, or the words "full" and "empty".
            name: The name of the network; None calls it "network".
            calibrate: The images on which its BatchNorm statistics are estimated anew, as by the method `calibrate`;
                with the images and the batch size of a search's calibration, the network is the one that was scored.
                None gives it the supernet's statistics, which mix over all schemes.
            batch_size: The most images in a forward pass of the calibration.
            share: Whether the blocks of a stage share one module; False gives each block a copy of its stage's module,
                to be trained apart, and None does as the supernet does.

        Raises:
            ValueError: The scheme or the images are as `calibrate` refuses them, or a module for a whole stage is asked
                of a supernet that has one for each block.
        """
        share, scheme = self.share if share is None else share, self._scheme(scheme)
        network = build_network(self.backbone, self.attention, scheme, self.image_shape, self.classes, share, name=name)
        statistics = [] if calibrate is None else self._statistics(scheme, calibrate, batch_size)
        transfer_weights(self.body, network, {id(variable): value for variable, value in statistics})
        freeze(network, frozen(self.body), {path for path, _ in inside(self.body)})
        return network

    @cached_property
    def batch_statistics(self):
        """This is the function that computes BatchNorm statistics of a batch, compiled once for all calibrations.

        It takes the values of the body's trainable and non-trainable variables and its inputs, and gives the values of
        the non-trainable variables in which the moving statistics are those of the batch.
        """
        return batch_statistics(self.body)

    def calibrate(self, scheme: Scheme | str | Sequence[int], images, batch_size: int = 256) -> dict:
        """Estimates the BatchNorm statistics of a scheme anew, and leaves the supernet as it is.

        The result has an array for the path of every non-trainable variable of the body, as `Calibrator` computes it.

        Args:
            scheme: Which blocks have attention, with one bit for each residual block, or the words "full" and "empty".
            images: Any number of images in any order, with labels or without, as arrays, a `Split`, a
                `tf.data.Dataset` or in another form that `keras_ean.data.as_arrays` takes.
            batch_size: The most images in a forward pass.

        Raises:
            ValueError: There are no images, they are in a form that is not taken, or the scheme does not fit the
                stages.
        """
        statistics = self._statistics(scheme, images, batch_size)
        return {variable.path: ops.convert_to_numpy(value) for variable, value in statistics}

    def _statistics(self, scheme: Scheme | str | Sequence[int], images, batch_size: int) -> list[tuple]:
        """Each of the body's non-trainable variables with its value under a scheme."""
        rows = ops.convert_to_tensor([self._scheme(scheme).bits], dtype="float32")
        values = Calibrator(self, images, batch_size).statistics(rows)
        return list(zip(self.body.non_trainable_variables, values, strict=True))

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "attention": keras.saving.serialize_keras_object(self.attention),
            "input_shape": self.image_shape,
            "classes": self.classes,
            "share": self.share,
            "sampling": self.sampling,
            "distill": 0.0 if self.distillation is None else keras.saving.serialize_keras_object(self.distillation),
            "frozen_layers": sorted(frozen(self.body)),
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects=None) -> "Supernet":
        objects = {
            key: keras.saving.deserialize_keras_object(config[key])
            for key in ("backbone", "attention", "distill")
            if key in config
        }
        return cls(**{**config, **objects})


sampling_strategy = sampling.get


def build_supernet(
    backbone: str | Backbone,
    attention: str | Attention,
    input_shape: tuple[int, ...],
    classes: int,
    share: bool = True,
    sampling: str = "bernoulli",
    seed: int | None = None,
    distill: float | Distillation = 0.0,
    name: str | None = None,
) -> Supernet:
    """Builds a supernet: all 2^m networks of a backbone in one model with shared weights.

    Args:
        backbone: The name of a backbone, or a configured one (`keras_ean.backbones.get`).
        attention: The name of an attention module, or a configured one (`keras_ean.attention.get`).
        input_shape: The (height, width, channels) of an image.
        classes: The number of classes, and so of logits.
        share: Whether the blocks of a stage share one module (arXiv 2011.14058), or each has its own.
        sampling: The name of the strategy that draws the schemes of a training batch (`keras_ean.supernet.sampling`).
        seed: The seed that the schemes are drawn from; None takes a random one.
        distill: How much in-place distillation from the full scheme counts in the loss, or a configured `Distillation`.
            It takes one more forward pass a step, and the "loss" of `fit` includes it, that of `evaluate` does not; 0
            leaves it out.
        name: The name of the model; None calls it "supernet".

    Raises:
        ValueError: A name or an option is unknown.
    """
    return Supernet(backbone, attention, input_shape, classes, share, sampling, seed, distill, name=name or "supernet")
