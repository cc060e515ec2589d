"""Scores of what can be done with the gates that a model has already: each is live, folded, or removed."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean.data.digest import digest
from keras_ean.folding.affine import Affine
from keras_ean.folding.finding import read_gated
from keras_ean.folding.fold import check_tune
from keras_ean.folding.scoring import Metric, images_and_labels
from keras_ean.folding.study import Study
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator, check_share

LIVE, FOLDED, REMOVED = "live", "folded", "removed"


class GateEvaluator(Evaluator):
    """Scores which gates of a trained model stay, so that a search finds those that need not be computed.

    Each gate is a stage of two bits: whether it is there, and whether it is computed from the image. So "11" is a live
    gate, "10" one that is folded at its mean, and "00" or "01" one that is removed, as if it were 1. What costs more at
    inference has more bits, which is what a reward for sparsity counts.

    Args:
        model: The functional or Sequential model with gates, as `keras_ean.find_gates` finds them; it is not changed.
        images: The images on which schemes are scored and the means of the gates are taken, as `keras_ean.fold` takes
            them.
        labels: The labels of the images; None takes those that come with the images, or else the classes that the model
            itself finds.
        metric: A function that scores the model's outputs, as `keras_ean.fold` takes it; None takes the accuracy.
        tune: A function that compiles and trains a network in place: each scheme is then scored after a training of its
            own. With None no network is trained.
        batch_size: The number of images in a forward pass.

    Attributes:
        gates: The names of the gates, in the order of the schemes' stages.
        stages: The stages of the schemes, (2, 2, …), one for each gate.

    Raises:
        TypeError, ValueError: The model, the images or `tune` are as `keras_ean.fold` refuses them.

    Example:
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "101", (8, 8, 1), classes=10)
        >>> evaluator = GateEvaluator(network, np.random.default_rng(0).normal(size=(8, 8, 8, 1)))
        >>> evaluator.score(["11 11"])  # As it is: every class is the network's own.
        [{'accuracy': 1.0}]
        >>> evaluator.states("11 10")
        {'stage_0_attention': 'live', 'stage_2_attention': 'folded'}
        >>> [layer.name for layer in evaluator.network("11 00").layers if "attention" in layer.name]
        ['stage_0_attention']
    """

    images: int

    def __init__(
        self,
        model: keras.Model,
        images: Any,
        labels: Any = None,
        metric: Metric | None = None,
        tune: Callable[[keras.Model], Any] | None = None,
        batch_size: int = 64,
    ):
        if tune is not None:
            check_tune(tune)
        images, labels = images_and_labels(images, labels, len(read_gated(model)[1].inputs))
        # So that a share of them is a random sample.
        order = np.random.default_rng(0).permutation(len(keras.tree.flatten(images)[0]))
        images = keras.tree.map_structure(lambda x: x[order], images)
        labels = labels[order] if labels is not None and len(labels) == len(order) else labels
        self.study = Study.of(model, images, labels, metric, batch_size)
        self.gates = tuple(place.name for place in self.study.gates)
        self.stages = (2,) * len(self.gates)
        self.images = len(self.study.scoring.labels)
        self.tune, self.name = tune, model.name
        # In percent is what `fold` calls an accuracy; a search takes shares.
        self.called, self.unit = ("accuracy", 100.0) if metric is None else ("score", 1.0)
        arrays = [*map(ops.convert_to_numpy, model.weights), *keras.tree.flatten(self.study.images)]
        self.digest = digest([*arrays, self.study.scoring.labels])

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the "accuracy" (0 … 1) of every scheme, or with a metric its "score".

        Raises:
            ValueError: The share is not above 0 and at most 1, or a scheme does not fit the stages.
        """
        check_share(share)
        return [{self.called: self._score(scheme, share) / self.unit} for scheme in schemes]

    def _score(self, scheme: Scheme, share: float) -> float:
        study = self.study
        if self.tune is None:
            return study.score(self._constants(scheme), share)
        network = self.network(scheme)
        return study.scoring(network.predict(study.first(share), batch_size=study.batch_size, verbose=0))

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return {"model_and_images": self.digest, "batch_size": self.study.batch_size, "tuned": self.tune is not None}

    def states(self, scheme: Scheme | str | Sequence[int]) -> dict[str, str]:
        """Says what becomes of each gate, by its name: it is "live", "folded" or "removed".

        Args:
            scheme: The scheme, with two bits for each gate.
        """
        pairs = np.reshape(Scheme(scheme, self.stages).bits, (-1, 2)).tolist()
        return {
            name: (LIVE if computed else FOLDED) if there else REMOVED
            for name, (there, computed) in zip(self.gates, pairs, strict=True)
        }

    def network(self, scheme: Scheme | str | Sequence[int]) -> keras.Model:
        """Makes the network of a scheme, as it was scored: a new functional model, not compiled unless it is tuned.

        Args:
            scheme: The scheme, with two bits for each gate.
        """
        network = self.study.rewriting(self._constants(scheme)).network(self.study.model, self.name)
        if self.tune is not None:
            self.tune(network)
        return network

    def _constants(self, scheme) -> dict[int, Affine]:
        """What the gates that are not live are held at, by their index."""
        study = self.study
        return {
            index: study.statistics[index].mean if state == FOLDED else Affine.of(1.0, study.gates[index].channels)
            for index, state in enumerate(self.states(scheme).values())
            if state != LIVE
        }
