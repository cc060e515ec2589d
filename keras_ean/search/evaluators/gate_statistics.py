"""Scores of schemes by what the gates of one network with attention everywhere do on some images."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.registry import look_up
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.held import HeldEvaluator


class GateStatisticsEvaluator(Evaluator):
    """Scores schemes by a measure of each block's gate, in one trained network with attention everywhere.

    All blocks are measured by two passes over the images; schemes cost nothing then. Where `HeldEvaluator` tries what
    becomes of the answers when gates are held at their means, a measure foretells it. Pre-train the supernet with
    `sampling: everywhere`. The score of a scheme is the sum of (value − threshold) over its connected blocks, so that
    the highest one has exactly the blocks above the threshold. No configuration of a run offers these measures. The
    metric has the measure's name, so that a search asks for `objective=("saliency", "max")`.

    "variation" is how far the gate is from a constant: its standard deviation over images and positions, as a part of
    its root mean square, averaged over the channels; 0 is a constant. Its usual threshold is 0.1.

    "saliency" is how much the mean loss would rise if the gate were held at its mean, at first order: the mean over
    images of Σ ∂L/∂gate · (mean − gate), in nats, with the sum over channels and positions of one image. It is the
    slope, at t = 0, of the loss with the gate (1 − t) · gate + t · mean, and so estimates L(held) − L(live), which
    `HeldEvaluator` tells exactly; it is negative for a gate that does harm. (The relevance of Mozer and Smolensky,
    Skeletonization, NIPS 1988. arXiv 1905.10650 and 1906.10771 take absolute values or squares of single images or
    batches, by which a gate is also needed that helps some images and harms others as much.) A slope knows little of
    what happens far away: where the network is sure of its answers, it is far too low. Its usual threshold is 0.01
    nats, the usual price of `LearnedGatesEvaluator`.

    "novelty" is how little the gate repeats that of the block before it in its stage: 1 − r², with the correlation r
    over images of the two gates' means over positions, averaged over the channels in which the gate differs from image
    to image. It is 1 for the first block of a stage, and 0 for a gate that is the same for every image. Its usual
    threshold is 0.5. With several modules at a block, a gate is compared with that of the same module. (Redundancy of
    neighbours as in arXiv 2503.06473, which compares them by a divergence.)

    Args:
        supernet: The trained supernet, which gives one logit, or one probability, for each class.
        data: The images that the gates are measured on and their labels, in any form that `SupernetEvaluator` takes.
        measure: The name of the measure: "variation", "saliency" or "novelty".
        threshold: What a block's value must exceed to be worth a connection, in units of the measure; None takes the
            usual one.
        calibration: The images on which the means of the gates are taken and BatchNorm statistics estimated anew; None
            takes the images of `data` for the means, and the supernet's own statistics.
        batch_size: The number of images in a forward pass.
        seed: The seed of the order of the images.

    Attributes:
        values: The measure of each block's gate, (blocks,). With several modules at a block, each has a value.
        threshold: What the values are compared with.

    Raises:
        ValueError: The measure is unknown; the threshold is no finite number; it is "novelty", and no stage has two
            blocks; or the data are as `HeldEvaluator` refuses them.

    Example:
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet8", "se", (8, 8, 1), classes=2)
        >>> images = np.random.default_rng(0).normal(size=(6, 8, 8, 1)).astype("float32")
        >>> evaluator = GateStatisticsEvaluator(supernet, (images, np.arange(6) % 2), measure="variation")
        >>> evaluator.values.shape
        (3,)
    """

    def __init__(
        self,
        supernet,
        data,
        measure: str = "saliency",
        threshold: float | None = None,
        calibration=None,
        batch_size: int = 256,
        seed: int = 0,
    ):
        compute, usual = look_up("measure", measure, MEASURES)
        threshold = usual if threshold is None else threshold
        if not isinstance(threshold, int | float) or not math.isfinite(threshold):
            raise ValueError(f"A threshold is a finite number in units of the measure, not {threshold!r}.")
        self.measure, self.threshold, self.stages = measure, threshold, supernet.stages
        if measure == "novelty" and max(self.stages) == supernet.attention.per_block:
            raise ValueError(
                "Novelty compares the gates of neighbours in a stage, but the "
                f'{len(self.stages)} stages have one block each; take "saliency" or "variation".'
            )
        held = HeldEvaluator(supernet, data, calibration, batch_size, seed)
        self.values = np.zeros(sum(self.stages))
        self.values[held.blocks] = compute(held)
        self.own_settings = {**held.settings(), "measure": measure, "threshold": threshold}

    def settings(self) -> dict[str, Any]:
        """Gives what must be the same when a search is resumed, and on all its workers."""
        return dict(self.own_settings)

    def score(self, schemes: Sequence[Scheme], share: float = 1.0, repeat: int = 0) -> list[dict[str, float]]:
        """Gives the sum of (value − threshold) over the connected blocks of every scheme, under the measure's name.

        No further images are looked at.

        Raises:
            ValueError: A scheme does not fit the stages.
        """
        bits = [Scheme(scheme, self.stages).bits for scheme in schemes]
        return [{self.measure: float(np.dot(row, self.values - self.threshold))} for row in bits]


def variation(held: HeldEvaluator) -> list[float]:
    """For each gate, in the order of `held.blocks`."""
    _, _, statistics = held.measured.read(held.inputs, held.batch_size)
    return [float(np.mean(np.hypot(one.over_images, one.over_positions))) for one in statistics]


def saliency(held: HeldEvaluator) -> np.ndarray:
    """For each gate, in the order of `held.blocks`."""
    numbers = {id(switch): number for number, switch in enumerate(held.measured.switches)}

    def loss(shares, images, labels):
        """The summed loss when `shares` (images, gates) of each gate are its mean, and the rest is live."""
        maps = {}

        def mixed(step, value, tensor):
            number = numbers.get(id(step.operation))
            if number is not None and value is step.args[0]:
                maps[number] = tensor
            if number is None or value is not step.outputs[0]:
                return tensor
            parts = held.means[number].scale, held.means[number].shift, ops.reshape(shares[:, number], (-1, 1, 1, 1))
            scale, shift, share = (ops.cast(part, tensor.dtype) for part in parts)
            return tensor + share * (maps[number] * scale + shift - tensor)

        answers, _ = held.measured(images, training=False, rewrite=mixed)
        outputs = ops.cast(keras.tree.flatten(answers)[0], "float32")
        return ops.sum(ops.sparse_categorical_crossentropy(labels, outputs, from_logits=held.from_logits))

    slopes, total = backend.compiled(backend.gradient(loss)), np.zeros(len(numbers))
    for start in range(0, held.images, held.batch_size):
        batch = slice(start, start + held.batch_size)
        images = keras.tree.map_structure(lambda x, batch=batch: ops.convert_to_tensor(x[batch]), held.inputs)
        labels = held.labels[batch]
        shares = ops.zeros((len(labels), len(numbers)), "float32")
        found = ops.convert_to_numpy(slopes(shares, images, ops.convert_to_tensor(labels)))
        total += found.sum(axis=0, dtype="float64")
    return total / held.images


def novelty(held: HeldEvaluator) -> list[float]:
    """For each gate, in the order of `held.blocks`."""
    _, moments, _ = held.measured.read(held.inputs, held.batch_size)
    gates = {block: np.hstack([part[:, 0], part[:, 2]]) for block, part in zip(held.blocks, moments, strict=True)}
    starts, step = np.cumsum([0, *held.stages]), held.per_block
    first = {start + module for start in starts for module in range(step)}
    return [1.0 if block in first else unexplained(gates[block], gates[block - step]) for block in held.blocks]


def unexplained(gate: np.ndarray, before: np.ndarray) -> float:
    """The mean of 1 − r² over the channels in which the gate differs; both are (images, channels)."""
    own, other = gate - gate.mean(0), before - before.mean(0)
    differs = own.std(0) > 1e-6 * np.sqrt(np.mean(gate**2, axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        explained = np.nan_to_num(np.sum(own * other, 0) ** 2 / (np.sum(own**2, 0) * np.sum(other**2, 0)))
    return float(np.mean(1 - explained[differs])) if differs.any() else 0.0


MEASURES: dict[str, tuple[Callable, float]] = {
    "variation": (variation, 0.1),
    "saliency": (saliency, 0.01),
    "novelty": (novelty, 0.5),
}
"""Each measure of a gate by its name, with the usual threshold."""
