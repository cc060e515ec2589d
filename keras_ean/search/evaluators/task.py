"""Scores of schemes on the frozen supernet, by the loss and the metrics that it was compiled with."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.data.digest import digest
from keras_ean.data.examples import read_examples
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator, check_share
from keras_ean.search.evaluators.packing import Packing
from keras_ean.supernet.calibration import Calibrator
from keras_ean.training import Scorer, Task


class TaskEvaluator(Evaluator):
    """Scores schemes with the supernet's weights as they are now, by the loss and the metrics it is compiled with.

    Metrics are computed over the whole validation set, as `evaluate` does, so that an AUC or a mean IoU is that of the
    set. What `SupernetEvaluator` scores, the accuracy of a classifier, it scores faster.

    Args:
        supernet: The trained supernet, compiled unless there is a `task`.
        data: The validation set with whatever targets the loss takes, as (images, targets), batches of them, a `Split`
            or another form that `fit` takes; it is read once and kept in memory.
        task: The loss and metrics in place of the compiled ones (`keras_ean.training.Task`).
        batch_size: The number of images in a forward pass.
        calibration: The images, with labels or without, on which the BatchNorm statistics of each scheme are estimated
            anew, as by `Supernet.calibrate`; None keeps the supernet's own statistics.
        seed: The seed of the order of the images, so that a share of them is a random sample.

    Attributes:
        scorer: The `keras_ean.training.Scorer` that computes the metrics, and knows which of them is the objective.

    Raises:
        ValueError: Images or targets do not fit the supernet and its loss, which is told before anything is scored.

    Example:
        >>> import keras_ean as ean
        >>> model = ean.build_network("resnet8", "se", "000", (8, 8, 1), classes=1)
        >>> supernet = ean.plug_supernet(model, "se")
        >>> supernet.compile("adam", "mse", metrics=["mae"])
        >>> evaluator = TaskEvaluator(supernet, (np.zeros((6, 8, 8, 1)), np.ones(6)))
        >>> [score] = evaluator.score([Scheme("1 0 1")])
        >>> sorted(score)
        ['loss', 'mae']
    """

    images: int

    def __init__(
        self, supernet, data, task: Task | None = None, batch_size: int = 256, calibration=None, seed: int = 0
    ):
        examples = read_examples(data, "validation set")
        self.scorer = Scorer(task or Task(supernet), supernet, examples)
        self.images, self.batch_size = len(examples), batch_size
        self.stages, self.body = supernet.stages, supernet.body
        self.own_settings = {
            "validation_set": digest(keras.tree.flatten(examples.parts())),
            "batch_size": batch_size,
            "seed": seed,
            "metrics": list(self.scorer.names),
        }
        self.examples = examples.take(np.random.default_rng(seed).permutation(self.images))
        self.packings = Packing(self.body.trainable_variables), Packing(self.body.non_trainable_variables)
        values = self.body.trainable_variables, self.body.non_trainable_variables
        self.weights, self.statistics = (packing.pack(own) for packing, own in zip(self.packings, values))
        self.calibrator = None if calibration is None else Calibrator(supernet, calibration, batch_size)
        self.run = backend.compiled(self._pass)

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return {**self.own_settings, "calibration": None if self.calibrator is None else self.calibrator.digest}

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the loss and the metrics of every scheme, on the first `share` of the validation set in random order.

        Raises:
            ValueError: The share is not above 0 and at most 1, or a scheme does not fit the stages.
        """
        check_share(share)
        counted = self.examples.take(slice(math.ceil(share * self.images)))
        batches = [
            keras.tree.map_structure(ops.convert_to_tensor, batch.parts()) for batch in counted.in_turn(self.batch_size)
        ]
        return [self._score(Scheme(scheme, self.stages), batches) for scheme in schemes]

    def _score(self, scheme: Scheme, batches: Sequence[tuple]) -> dict[str, float]:
        rows, statistics = ops.convert_to_tensor(np.array([scheme.bits], "float32")), self.statistics
        if self.calibrator is not None:
            statistics = self.packings[1].pack(self.calibrator.statistics(rows))
        found = [self.run(self.weights, statistics, rows, *batch) for batch in batches]
        return self.scorer.results(sum(ops.convert_to_numpy(added).astype("float64") for added in found))

    def _pass(self, weights, statistics, rows, images, *others):
        trainable, fixed = (packing.unpack(own) for packing, own in zip(self.packings, (weights, statistics)))
        outputs, _ = self.body.stateless_call(trainable, fixed, [images, rows], training=False)
        return self.scorer.states(outputs, *others)
