"""Scores of schemes on a validation set that is larger than the accelerator's or the machine's memory."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data import Split
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.supernet.calibration import Calibrator


class StreamedEvaluator(Evaluator):
    """As `SupernetEvaluator`, with the same scores, but images come batch by batch from the host or from their files.

    The schemes of one call share a pass over the images, and the next batch is read while one is scored.

    Args:
        supernet: a trained supernet; its weights are taken as they are now.
        split: the validation images, in memory or not (`Split.prepared` keeps them as 8-bit pixels).
        batch_size: images per forward pass.
        calibration: images whose BatchNorm statistics replace the supernet's, scheme by scheme; None keeps its own.
        seed: of the order of the images, so that a share of them is a random sample.

    Raises:
        ValueError: no images.

    Example:
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=2)
        >>> evaluator = StreamedEvaluator(supernet, Split(np.zeros((8, 8, 8, 1), "uint8"), np.zeros(8, int)))
        >>> [score] = evaluator.score([Scheme("100 010 001")])
        >>> sorted(score)
        ['accuracy', 'loss']
    """

    images: int

    def __init__(self, supernet, split: Split, batch_size: int = 256, calibration=None, seed: int = 0):
        self.images = len(split)
        if self.images == 0:
            raise ValueError("The validation set has no images.")
        self.batch_size = min(batch_size, self.images)
        self.stages, self.body = supernet.stages, supernet.body
        self.trainable = [ops.convert_to_tensor(v) for v in self.body.trainable_variables]
        self.fixed = [ops.convert_to_tensor(v) for v in self.body.non_trainable_variables]
        order = np.random.default_rng(seed).permutation(self.images)
        order = np.resize(order, math.ceil(self.images / self.batch_size) * self.batch_size)
        self.split, self.order = split, order
        self.calibrator = None if calibration is None else Calibrator(supernet, calibration, batch_size)
        self.run = backend.compiled(self._sums)

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Accuracy (0 … 1) and cross-entropy (nats) of every scheme, on the first `share` of the validation set.

        Raises:
            ValueError: a share outside (0, 1], or a scheme of other stages.
        """
        if not 0 < share <= 1:
            raise ValueError(f"The share of the validation set is above 0 and at most 1, not {share!r}.")
        counted = math.ceil(share * self.images)
        bits = [np.array([Scheme(scheme, self.stages).bits], "float32") for scheme in schemes]
        rows = [ops.convert_to_tensor(row) for row in bits]
        fixed = [self.calibrator.statistics(row) if self.calibrator else self.fixed for row in rows]
        sums = np.zeros((len(rows), 2))
        for index, (images, labels) in enumerate(self._batches(math.ceil(counted / self.batch_size))):
            real = np.arange(self.batch_size) < counted - index * self.batch_size
            batch = (
                ops.convert_to_tensor(images),
                ops.convert_to_tensor(labels, dtype="int32"),
                ops.convert_to_tensor(real.astype("float32")),
            )
            results = [self.run(self.trainable, own, *batch, row) for own, row in zip(fixed, rows, strict=True)]
            sums += np.array([ops.convert_to_numpy(result) for result in results], "float64")
        return [{"accuracy": float(hits), "loss": float(loss)} for hits, loss in sums / counted]

    def _batches(self, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The first batches, each read while the one before it is in use."""

        def read(index: int) -> tuple[np.ndarray, np.ndarray]:
            part = self.split.take(self.order[index * self.batch_size : (index + 1) * self.batch_size])
            return part.arrays()

        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(read, 0)
            for index in range(count):
                current = following.result()
                if index + 1 < count:
                    following = reader.submit(read, index + 1)
                yield current

    def _sums(self, trainable, fixed, images, labels, weights, rows):
        """Weighted sums of hits and cross-entropy, (2,)."""
        logits, _ = self.body.stateless_call(trainable, fixed, [images, rows], training=False)
        logits = ops.cast(logits, "float32")
        hits = ops.cast(ops.equal(ops.cast(ops.argmax(logits, axis=-1), "int32"), labels), "float32")
        losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        return ops.sum(ops.stack([hits, losses], axis=-1) * ops.expand_dims(weights, -1), axis=0)
