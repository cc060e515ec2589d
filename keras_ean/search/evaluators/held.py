"""Scores of schemes from one network with attention everywhere, whose gates are held at their means."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ean.attention import Attention
from keras_ean.data.as_arrays import as_images
from keras_ean.data.digest import digest
from keras_ean.folding.finding import find_places, read_gated
from keras_ean.folding.measured import Measured
from keras_ean.graph.reading import read_graph
from keras_ean.measure.effort import Effort
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator, register
from keras_ean.search.evaluators.labelled_images import labelled_arrays
from keras_ean.search.evaluators.logits import gives_logits


@register("held")
class HeldEvaluator(Evaluator):
    """Scores schemes by one network, with attention everywhere, in which the gates of the blocks that are off are held
    at their means over images.

    The question that such a score answers is whether attention carries information there: what a constant does as
    well needs no attention, since a constant can be folded into the block's weights (`keras_ean.fold`). One training
    serves all schemes, and no statistics have to be re-estimated, as a gate at its mean leaves those of later layers
    nearly as they were. Pre-train the supernet with `sampling: everywhere`; others do, and are scored by their network
    with attention everywhere.

    Args:
        supernet: The trained supernet, which gives one logit, or one probability, for each class.
        data: The validation set, in any form that `SupernetEvaluator` takes; it is read once and kept.
        calibration: The images on which the means of the gates are taken and BatchNorm statistics estimated anew; None
            takes the validation images for the means, and the supernet's own statistics.
        batch_size: The number of images in a forward pass.
        seed: The seed of the order of the images, so that a share of them is a random sample.

    Attributes:
        images: The number of images in the validation set.

    Raises:
        ValueError: There are no images, or images or labels do not fit the supernet.

    Example:
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet8", "se", (8, 8, 1), classes=2)
        >>> evaluator = HeldEvaluator(supernet, (np.zeros((6, 8, 8, 1)), np.zeros(6, int)))
        >>> [score] = evaluator.score([Scheme("1 0 1")])
        >>> sorted(score)
        ['accuracy', 'loss']
    """

    images: int
    by_image = True

    def __init__(self, supernet, data, calibration=None, batch_size: int = 256, seed: int = 0):
        images, labels = labelled_arrays(data, supernet)
        self.images, self.batch_size, self.stages = len(labels), batch_size, supernet.stages
        self.from_logits, self.per_block = gives_logits(supernet), supernet.attention.per_block
        self.images_per_pass = batch_size
        order = np.random.default_rng(seed).permutation(self.images)
        self.inputs = keras.tree.map_structure(lambda x: np.asarray(x)[order], images)
        self.labels = labels[order]
        network = supernet.extract(Scheme.full(self.stages), calibrate=calibration)
        graph, functional = read_gated(network)
        own = switched_layers(supernet)
        places = [place for place in find_places(graph, network.name) if place.step.operation.name in own]
        self.blocks = [place.step.kwargs["place"] for place in places]
        self.measured = Measured(graph, places, functional.input)
        seen = self.inputs if calibration is None else as_images(calibration, inputs=len(functional.inputs))
        _, _, statistics = self.measured.read(seen, batch_size)
        self.means = [one.mean for one in statistics]
        self.own_settings = {
            "validation_set": digest([*keras.tree.flatten(images), labels]),
            "calibration": None if calibration is None else digest(keras.tree.flatten(seen)),
            "batch_size": batch_size,
            "seed": seed,
        }

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return dict(self.own_settings)

    def outcomes(self, schemes: Sequence[Scheme], first: int = 0, last: int | None = None) -> dict[str, np.ndarray]:
        """Gives the "accuracy" (0 or 1) and the cross-entropy ("loss", in nats) of every scheme on every image.

        Both are (schemes, images); the images stand in a random order.

        Raises:
            ValueError: A scheme does not fit the stages.
        """
        shown = slice(first, last)
        images, labels = keras.tree.map_structure(lambda x: x[shown], self.inputs), self.labels[shown]
        each = np.zeros((2, len(schemes), len(labels)))
        for row, scheme in enumerate(schemes):
            each[:, row] = self._outcomes(Scheme(scheme, self.stages), images, labels)
        return {"accuracy": each[0], "loss": each[1]}

    @classmethod
    def effort(cls, train: int, validation: int, calibration: int, **options: Any) -> Effort:
        return Effort(forward=validation)

    def _outcomes(self, scheme: Scheme, images, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        off = (index for index, block in enumerate(self.blocks) if not scheme.bits[block])
        self.measured.hold({index: self.means[index] for index in off})
        outputs = np.asarray(self.measured.answers_on(images, self.batch_size), "float64")
        logits = outputs if self.from_logits else np.log(np.maximum(outputs, keras.config.epsilon()))
        loss = np.logaddexp.reduce(logits, axis=-1) - logits[np.arange(len(labels)), labels]
        return logits.argmax(-1) == labels, loss


def switched_layers(supernet) -> set[str]:
    """The names of the layers that a scheme switches; a given model may have had attention of its own before."""
    steps = read_graph(supernet.body, whole=(Attention,)).steps
    return {step.name for step in steps if isinstance(step.operation, Attention) and step.args[2] is not None}
