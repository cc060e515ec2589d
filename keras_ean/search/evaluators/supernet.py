"""Scores of schemes on the frozen supernet."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.measure.effort import Effort
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator, register
from keras_ean.search.evaluators.logits import gives_logits
from keras_ean.search.evaluators.packing import Packing
from keras_ean.search.evaluators.validation_batches import batched
from keras_ean.supernet.calibration import Calibrator

PIXELS = 2**22
"""Of a pass on an accelerator: 16 schemes with 256 images of 32×32."""


def usual_schemes_per_pass(batch_size: int, shape: Sequence[int]) -> int:
    """One on a CPU, where a pass with more costs as much as they do (docs/scores.md); on an accelerator, which would
    idle with few small images of `shape`, as many as fit `PIXELS`, 16 at most."""
    if not backend.accelerated():
        return 1
    return min(16, max(1, PIXELS // (batch_size * math.prod(shape[:-1]))))


@register("supernet")
class SupernetEvaluator(Evaluator):
    """Scores schemes with the supernet's weights as they are now.

    A validation set in arrays stays on the device. One that is larger than the device's or the machine's memory is
    given as a `Split`, whose images are read batch by batch, once for all schemes of a call; its scores are the same.

    A score does not depend on the schemes it is made with: a pass always has the same shape, filled up if need be, and
    gives the same bits at each of its places. Where the device's kernels do not, a pass has one scheme.

    Args:
        supernet: The trained supernet.
        data: The validation set: a `Split`, or (images, labels) or batches of them (`tf.data.Dataset`, PyDataset, …).
            Labels are class numbers, (images,) or (images, 1), or one-hot, (images, classes).
        batch_size: The number of images in a forward pass.
        calibration: The images, with labels or without, on which the BatchNorm statistics of each scheme are estimated
            anew, as by `Supernet.calibrate`; None keeps the supernet's own statistics.
        schemes_per_pass: The number of schemes that one pass over the images covers; None takes 1 on a CPU, and up to
            16 on an accelerator, which a few small images would not keep busy.
        seed: The seed of the order of the images, so that a share of them is a random sample.
        at_once: The most schemes that are handed over together; no pass covers more.
        from_logits: Whether the supernet gives logits; if not, it gives probabilities. None takes what its compiled
            loss says, or whether it ends in a softmax.

    Attributes:
        images: The number of images in the validation set.

    Raises:
        ValueError: There are no images, images or labels do not fit the supernet, or `schemes_per_pass` is below 1.

    Example:
        >>> from keras_ean import Scheme, build_supernet
        >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=2)
        >>> evaluator = SupernetEvaluator(supernet, (np.zeros((8, 8, 8, 1)), np.zeros(8, int)))
        >>> [score] = evaluator.score([Scheme("100 010 001")])
        >>> sorted(score)
        ['accuracy', 'loss']
    """

    images: int
    by_image = True

    def __init__(
        self,
        supernet,
        data,
        batch_size: int = 256,
        calibration=None,
        schemes_per_pass: int | None = None,
        seed: int = 0,
        at_once: int = 16,
        from_logits: bool | None = None,
    ):
        if schemes_per_pass is not None and schemes_per_pass < 1:
            raise ValueError(f"schemes_per_pass is 1 or more, not {schemes_per_pass!r}.")
        self.batches = batched(data, supernet, batch_size, seed)
        self.images, self.batch_size, self.seed = self.batches.images, self.batches.batch_size, seed
        self.images_per_pass = self.batch_size
        self.stages, self.body = supernet.stages, supernet.body
        self.from_logits = gives_logits(supernet) if from_logits is None else from_logits
        self.packings = Packing(self.body.trainable_variables), Packing(self.body.non_trainable_variables)
        self.use(self.body.trainable_variables, self.body.non_trainable_variables)
        self.calibrator = None if calibration is None else Calibrator(supernet, calibration, batch_size)
        usual = usual_schemes_per_pass(self.batch_size, self.batches.shape)
        self.places = min(at_once, schemes_per_pass or usual)
        self.run = backend.compiled(self._pass)
        if self.places > 1 and not self._alike():
            self.places, self.run = 1, backend.compiled(self._pass)
        self.schemes_per_pass = max(self.places, self.batches.schemes_a_reading)

    def use(self, trainable: Sequence, fixed: Sequence) -> None:
        """Scores with other weights from now on.

        Args:
            trainable: The values of the trainable variables of the supernet's body, in their order.
            fixed: The values of its non-trainable variables, in their order.
        """
        self.weights, self.statistics = (p.pack(v) for p, v in zip(self.packings, (trainable, fixed), strict=True))

    def refresh(self) -> None:
        """Scores with the supernet's weights as they are now, where it was trained on."""
        self.use(self.body.trainable_variables, self.body.non_trainable_variables)
        if self.calibrator is not None:
            self.calibrator.refresh()

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return {
            "validation_set": self.batches.digest,
            "calibration": None if self.calibrator is None else self.calibrator.digest,
            "batch_size": self.batch_size,
            "seed": self.seed,
        }

    def outcomes(self, schemes: Sequence[Scheme], first: int = 0, last: int | None = None) -> dict[str, np.ndarray]:
        """Gives the "accuracy" (0 or 1) and the cross-entropy ("loss", in nats) of every scheme on every image.

        Both are (schemes, images); the images stand in a random order.

        Raises:
            ValueError: A scheme does not fit the stages.
        """
        last, start = self.images if last is None else last, first // self.batch_size
        bits = np.array([Scheme(scheme, self.stages).bits for scheme in schemes], "float32")
        parts = [bits[place : place + self.places] for place in range(0, len(bits), self.places)]
        passes = [(len(rows), self._inputs(rows)) for rows in parts]
        each = [np.zeros((len(bits), 0, 2))]
        for batch in self.batches.between(start, math.ceil(last / self.batch_size)):
            found = [self._each(batch, *inputs)[:count] for count, inputs in passes]
            each.append(np.concatenate([np.zeros((0, self.batch_size, 2)), *found]))
        before = start * self.batch_size
        shown = np.concatenate(each, axis=1)[:, first - before : last - before]
        return {"accuracy": shown[..., 0], "loss": shown[..., 1]}

    @classmethod
    def effort(cls, train: int, validation: int, calibration: int, **options: Any) -> Effort:
        return Effort(forward=validation + calibration)

    def _inputs(self, rows: np.ndarray) -> tuple:
        """BatchNorm's statistics, and the schemes, filled up to a whole pass."""
        statistics = self.statistics
        if self.calibrator is not None:
            every = [self.calibrator.statistics(ops.convert_to_tensor(row[None])) for row in rows]
            each = [self.packings[1].pack(values) for values in every]
            filled = [each[place % len(each)] for place in range(self.places)]
            statistics = ops.stack(filled) if len(filled) > 1 else filled[0]
        return statistics, ops.convert_to_tensor(np.resize(rows, (self.places, rows.shape[1])))

    def _each(self, batch: tuple, statistics, rows) -> np.ndarray:
        """Hit and cross-entropy of every image under every scheme, (schemes, images, 2)."""
        return ops.convert_to_numpy(self.run(self.weights, statistics, *batch, rows)).astype("float64")

    def _alike(self) -> bool:
        """Whether a pass gives a scheme the same bits at each of its places."""
        [batch] = self.batches.between(0, 1)
        each = self._each(batch, *self._inputs(np.ones((1, sum(self.stages)), "float32")))
        return bool((each == each[:1]).all())

    def _pass(self, weights, statistics, images, labels, rows):
        schemes, trainable = self.places, self.packings[0].unpack(weights)
        if schemes == 1:
            logits = self._logits(trainable, statistics, images, rows)
        elif self.calibrator is None:
            images = keras.tree.map_structure(lambda x: ops.concatenate([x] * schemes), images)
            logits = self._logits(trainable, statistics, images, ops.repeat(rows, self.batch_size, axis=0))
        else:
            each = (
                ops.map if keras.backend.backend() == "torch" else ops.vectorized_map
            )  # torch.vmap has no convolutions.
            logits = each(
                lambda one: self._logits(trainable, one[1], images, ops.expand_dims(one[0], 0)), (rows, statistics)
            )
        logits = ops.reshape(ops.cast(logits, "float32"), (schemes * self.batch_size, -1))
        labels = ops.tile(labels, [schemes])
        hits = ops.cast(ops.equal(ops.cast(ops.argmax(logits, axis=-1), "int32"), labels), "float32")
        losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=self.from_logits)
        return ops.reshape(ops.stack([hits, losses], axis=-1), (schemes, self.batch_size, 2))

    def _logits(self, trainable, statistics, images, rows):
        fixed = self.packings[1].unpack(statistics)
        return self.body.stateless_call(trainable, fixed, [images, rows], training=False)[0]
