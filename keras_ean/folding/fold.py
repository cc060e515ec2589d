"""Folding the gates that can be constant into the layers around them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras

from keras_ean.folding.finding import find_places, read_gated
from keras_ean.folding.folded import Folded, FoldedGate
from keras_ean.folding.gate_place import Gates
from keras_ean.folding.measured import Measured, Statistics
from keras_ean.folding.reestimation import reestimate
from keras_ean.folding.rewriting import Rewriting
from keras_ean.folding.scoring import Metric, Scoring, images_and_labels
from keras_ean.folding.timing import gate_milliseconds
from keras_ean.graph.graph import Graph
from keras_ean.graph.reading import as_functional
from keras_ean.measure.latency import latencies


def fold(
    network: keras.Model,
    images: Any,
    labels: Any = None,
    tolerance: float = 0.5,
    metric: Metric | None = None,
    calibrate: Any = None,
    batch_size: int = 64,
    rounds: int = 0,
    name: str | None = None,
) -> Folded:
    """Makes the gates of a network constant where that costs no more than a tolerance, and folds the constants away.

    Each gate is measured on the images: how much it varies, and what holding it at its mean costs, alone. Then gates are
    held one after another, the cheapest first, as long as all held ones together cost no more than the tolerance. A
    constant gate is a factor per channel, which goes into the weights of a normalisation, convolution or dense layer
    next to it (`keras_ean.folding.absorbing`), exactly; where there is none, one multiplication stays. The network is
    not changed.

    Args:
        network: a functional or Sequential model with gates, see `find_gates`.
        images: as the network takes them, in all forms of `keras_ean.data.as_arrays`, with labels or without. Take
            images that decided on nothing else, and that the result is not tested on: a choice is made on them.
        labels: of the images. Without any, the cost is the percentage of images whose class changes.
        tolerance: points of top-1 accuracy in percent that folding may cost, or units of the metric.
        metric: (labels, outputs) → score, or one per image; the higher, the better.
        calibrate: images, best those of the training, to re-estimate the new network's BatchNorm statistics on; None
            leaves the statistics as they are, and the result equals the network with gates held at their means.
        batch_size: images per forward pass, and per timed call.
        rounds: timed calls of each gate, and of network and result; 0 measures no times.
        name: of the new network; default: the network's.

    Raises:
        TypeError: not a Keras model.
        ValueError: a model without gates or of an unknown graph, see `find_gates`; a negative tolerance; images in
            another form; outputs that need a metric, see `Scoring`.

    Example:
        >>> import numpy as np
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "101", (8, 8, 1), classes=10)
        >>> folded = fold(network, np.random.default_rng(0).normal(size=(32, 8, 8, 1)), tolerance=100)
        >>> folded.folded
        ('stage_0_attention', 'stage_2_attention')
        >>> [layer.name for layer in folded.network.layers if "attention" in layer.name]
        []
    """
    if not tolerance >= 0:
        raise ValueError(f"The tolerance is a number of points that folding may cost, 0 or more, not {tolerance!r}.")
    study = Study.of(network, images, labels, metric, batch_size)
    held, costs = study.choose(tolerance)
    return study.result(held, costs, tolerance, calibrate, rounds, name)


@dataclass(frozen=True, eq=False)
class Study:
    """A network's gates as measured on some images.

    Attributes:
        network: as it was given.
        graph: of the network.
        gates: that it has.
        measured: runs the network with any gates held at their means.
        images: as arrays.
        statistics: of each gate.
        scoring: of outputs.
        before: the score with all gates live.
        batch_size: images per forward pass.
    """

    network: keras.Model
    graph: Graph
    gates: Gates
    measured: Measured
    images: Any
    statistics: Sequence[Statistics]
    scoring: Scoring
    before: float
    batch_size: int

    @classmethod
    def of(cls, network: keras.Model, images: Any, labels: Any, metric: Metric | None, batch_size: int) -> "Study":
        graph = read_gated(network)
        gates = find_places(graph, network.name)
        if not gates:
            raise ValueError(
                f"{network.name!r} has no gates to fold: no attention module of this package, and no multiplication of "
                "a map (batch, height, width, channels) by one value per channel that is computed from the map."
            )
        functional = as_functional(network)
        images, labels = images_and_labels(images, labels, len(functional.inputs))
        measured = Measured(graph, gates, functional.input)
        answers, statistics = measured.measure(images, batch_size)
        scoring = Scoring(labels, metric, answers)
        return cls(network, graph, gates, measured, images, statistics, scoring, scoring(answers), batch_size)

    def cost(self, held: Collection[int]) -> float:
        """What the score loses when the gates of these indices are held at their means."""
        self.measured.hold([one.mean for one in self.statistics], held)
        return self.before - self.scoring(self.measured.answers_on(self.images, self.batch_size))

    def choose(self, tolerance: float) -> tuple[list[int], list[tuple[float, float]]]:
        """The gates to fold, and of each gate what it costs alone and together with the cheaper ones."""
        alone = [self.cost([index]) for index in range(len(self.gates))]
        order = sorted(range(len(self.gates)), key=lambda index: (alone[index], self.statistics[index].varies))
        held: list[int] = []
        together = dict(enumerate(alone))
        for index in order:
            together[index] = self.cost([*held, index])
            if together[index] <= tolerance:
                held.append(index)
        return held, [(alone[index], together[index]) for index in range(len(self.gates))]

    def result(self, held, costs, tolerance: float, calibrate, rounds: int, name: str | None) -> Folded:
        """The network with the gates `held` folded, and what became of each gate."""
        rewriting = Rewriting(self.graph, {self.gates[index]: self.statistics[index].mean for index in held})
        network = rewriting.network(as_functional(self.network), name or self.network.name)
        if calibrate is not None:
            reestimate(network, calibrate, self.batch_size)
        times = gate_milliseconds(self.graph, self.gates, self.batch_size, rounds) if rounds else [None] * len(costs)
        gates = [
            FoldedGate(place, statistics, *cost, index in held, self._fate(index, rewriting, cost, tolerance), time)
            for index, (place, statistics, cost, time) in enumerate(
                zip(self.gates, self.statistics, costs, times, strict=True)
            )
        ]
        after = self.scoring(network.predict(self.images, batch_size=self.batch_size, verbose=0))
        found = Folded(network, tuple(gates), self.before, after, self.scoring.judged_by)
        if not rounds:
            return found
        pair = latencies({"before": self.network, "after": network}, self.images, self.batch_size, rounds)
        return replace(found, times=(pair["before"][0], pair["after"][0]))

    def _fate(self, index: int, rewriting: Rewriting, cost: tuple[float, float], tolerance: float) -> str:
        place, statistics = self.gates[index], self.statistics[index]
        if place in rewriting.into:
            return rewriting.into[place] or "one multiplication"
        spatial = f"a {place.kind} gate that varies over positions" if statistics.spatial else "at its mean it"
        alone, together = cost
        if alone > tolerance:
            return f"{spatial} costs {alone:.2f}"
        return f"{spatial} costs {together:.2f} with those folded"
