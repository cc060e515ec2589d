"""Scores of schemes on the frozen supernet."""

import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_ean import device
from keras_ean.calibration import Calibrator
from keras_ean.scheme import Scheme


class SupernetEvaluator:
    """Scores schemes with the supernet's weights as they are now, on a validation set that stays on the device.

    Args:
        supernet: a trained supernet.
        data: the validation set, (images, labels) or batches of them (tf.data.Dataset, PyDataset, …); labels are class
            indices, (images,).
        batch_size: images per forward pass.
        calibration: images whose BatchNorm statistics replace the supernet's, scheme by scheme; None keeps the
            supernet's own.
        schemes_per_pass: schemes that one forward pass covers; pays on a GPU with small images. With calibration
            every scheme has its own statistics, and so its own pass.
        seed: of the order of the images, so that a share of them is a random sample.

    Raises:
        ValueError: no images.

    Example:
        >>> from keras_ean import Scheme, build_supernet
        >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=2)
        >>> evaluator = SupernetEvaluator(supernet, (np.zeros((8, 8, 8, 1)), np.zeros(8, int)))
        >>> [score] = evaluator.score([Scheme("100 010 001")])
        >>> sorted(score)
        ['accuracy', 'loss']
    """

    def __init__(
        self, supernet, data, batch_size: int = 256, calibration=None, schemes_per_pass: int = 1, seed: int = 0
    ):
        images, labels = as_arrays(data)
        self.images = len(labels)
        if self.images == 0:
            raise ValueError("The validation set has no images.")
        self.batch_size = min(batch_size, self.images)
        self.schemes_per_pass = schemes_per_pass if calibration is None else 1
        self.stages, self.body = supernet.stages, supernet.body
        self.trainable = [ops.convert_to_tensor(v) for v in self.body.trainable_variables]
        self.fixed = [ops.convert_to_tensor(v) for v in self.body.non_trainable_variables]
        order = np.random.default_rng(seed).permutation(self.images)
        order = np.resize(order, math.ceil(self.images / self.batch_size) * self.batch_size)
        self.batches = [
            (
                keras.tree.map_structure(lambda x, i=index: ops.convert_to_tensor(x[i], dtype="float32"), images),
                ops.convert_to_tensor(labels[index], dtype="int32"),
            )
            for index in np.split(order, len(order) // self.batch_size)
        ]
        self.calibrator = None if calibration is None else Calibrator(supernet, calibration, batch_size)
        self.run = device.compiled(self._sums)

    def score(self, schemes: Sequence[Scheme], share: float = 1.0) -> list[dict[str, float]]:
        """Accuracy (0 … 1) and cross-entropy (nats) of every scheme, on the first `share` of the validation set.

        Raises:
            ValueError: a share outside (0, 1], or a scheme of other stages.
        """
        if not 0 < share <= 1:
            raise ValueError(f"The share of the validation set is above 0 and at most 1, not {share!r}.")
        counted = math.ceil(share * self.images)
        bits = np.array([Scheme(scheme, self.stages).bits for scheme in schemes], "float32")
        sums: list[np.ndarray] = []
        for start in range(0, len(bits), self.schemes_per_pass):
            rows = bits[start : start + self.schemes_per_pass]
            size = len(rows)
            rows = ops.convert_to_tensor(np.resize(rows, (self.schemes_per_pass, rows.shape[1])))
            fixed = self.calibrator.statistics(rows) if self.calibrator else self.fixed
            total = np.zeros((self.schemes_per_pass, 2))
            for index, (images, labels) in enumerate(self.batches[: math.ceil(counted / self.batch_size)]):
                real = np.arange(self.batch_size) < counted - index * self.batch_size
                weights = ops.convert_to_tensor(real.astype("float32"))
                result = self.run(self.trainable, fixed, images, labels, weights, rows)
                total = total + ops.convert_to_numpy(result).astype("float64")
            sums.extend(total[:size] / counted)
        return [{"accuracy": float(accuracy), "loss": float(loss)} for accuracy, loss in sums]

    def _sums(self, trainable, fixed, images, labels, weights, rows):
        """Weighted sums of hits and cross-entropy, (schemes, 2)."""
        schemes = self.schemes_per_pass
        if schemes > 1:
            images = keras.tree.map_structure(lambda x: ops.concatenate([x] * schemes), images)
            labels, weights = ops.tile(labels, [schemes]), ops.tile(weights, [schemes])
            rows = ops.repeat(rows, self.batch_size, axis=0)
        logits, _ = self.body.stateless_call(trainable, fixed, [images, rows], training=False)
        logits = ops.cast(logits, "float32")
        hits = ops.cast(ops.equal(ops.cast(ops.argmax(logits, axis=-1), "int32"), labels), "float32")
        losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        both = ops.stack([hits, losses], axis=-1) * ops.expand_dims(weights, -1)
        return ops.sum(ops.reshape(both, (schemes, self.batch_size, 2)), axis=1)


def as_arrays(data) -> tuple:
    """(images, labels) as NumPy arrays from a pair of arrays or from batches of pairs.

    Raises:
        ValueError: neither.
    """
    if isinstance(data, tuple | list) and len(data) == 2:
        return keras.tree.map_structure(np.asarray, data[0]), np.asarray(data[1])
    if isinstance(data, keras.utils.PyDataset):
        batches = [data[index] for index in range(len(data))]
    elif hasattr(data, "__iter__"):
        batches = list(data)
    else:
        raise ValueError(f"Validation data are (images, labels) or an iterable of such batches, not {type(data)}.")
    images = keras.tree.map_structure(lambda *parts: np.concatenate(parts), *(batch[0] for batch in batches))
    return images, np.concatenate([batch[1] for batch in batches])
