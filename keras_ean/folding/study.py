"""What is known of a network's gates before any is folded: their values, and what holding them at constants costs."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from keras_ean.folding.affine import Affine
from keras_ean.folding.finding import gates_of, read_gated
from keras_ean.folding.gate_place import Gates
from keras_ean.folding.measured import Measured, Statistics
from keras_ean.folding.rewriting import Rewriting
from keras_ean.folding.scoring import Metric, Scoring, images_and_labels
from keras_ean.graph.graph import Graph


@dataclass(frozen=True, eq=False)
class Study:
    """A network's gates as measured on some images.

    Attributes:
        model: The functional model of the network.
        graph: The graph of the model.
        gates: The gates of the model.
        measured: Runs the network with any gates held at their means.
        images: The images, as arrays.
        statistics: How much each gate varies on them.
        scoring: Scores the outputs of a network.
        before: The score with all gates computed.
        batch_size: The number of images per forward pass.
        costs: What the score loses with the gates of these indices held, of all sets of gates that were tried.
    """

    model: keras.Model
    graph: Graph
    gates: Gates
    measured: Measured
    images: Any
    statistics: Sequence[Statistics]
    scoring: Scoring
    before: float
    batch_size: int
    costs: dict[frozenset[int], float] = field(default_factory=dict)

    @classmethod
    def of(cls, network: keras.Model, images: Any, labels: Any, metric: Metric | None, batch_size: int) -> "Study":
        graph, functional = read_gated(network)
        gates = gates_of(graph, network.name)
        images, labels = images_and_labels(images, labels, len(functional.inputs))
        measured = Measured(graph, gates, functional.input)
        answers, _, statistics = measured.read(images, batch_size)
        scoring = Scoring(labels, metric, answers)
        return cls(functional, graph, gates, measured, images, statistics, scoring, scoring(answers), batch_size)

    def score(self, constants: Mapping[int, Affine], share: float = 1.0) -> float:
        """The score, on the first `share` of the images, when the gates of these indices are held at constants."""
        self.measured.hold(constants)
        return self.scoring(self.measured.answers_on(self.first(share), self.batch_size))

    def first(self, share: float) -> Any:
        """The first `share` of the images."""
        return keras.tree.map_structure(lambda x: x[: math.ceil(share * len(x))], self.images)

    def means(self, held: Collection[int]) -> dict[int, Affine]:
        """The means of the gates of these indices."""
        return {index: self.statistics[index].mean for index in held}

    def cost(self, held: Collection[int]) -> float:
        """What the score loses when the gates of these indices are held at their means; each set is tried once."""
        key = frozenset(held)
        if key not in self.costs:
            self.costs[key] = self.before - self.score(self.means(held))
        return self.costs[key]

    @property
    def looks(self) -> int:
        """How often all images have passed through the network: with its gates live, and with each set of them held."""
        return 1 + len(self.costs)

    def held(self, tolerance: float, like: Collection[str] = ()) -> list[int]:
        """The gates to fold: those of these names, as a network like this one has them folded, if that costs no more
        than the tolerance here too, and else those that `choose` takes.
        """
        named = [index for index, place in enumerate(self.gates) if place.name in like]
        if named and self.cost(named) <= tolerance:
            return named
        return self.choose(tolerance, each=False)[0]

    def choose(self, tolerance: float, each: bool = True) -> tuple[list[int], list[tuple[float | None, float]]]:
        """The gates to fold, and what each costs alone and together with the cheaper ones that are folded; all at once
        if they can be, and then what they cost alone is measured for `each` or none.
        """
        every = list(range(len(self.gates)))
        if (whole := self.cost(every)) <= tolerance:
            return every, [(self.cost([index]) if each else None, whole) for index in every]
        alone = [self.cost([index]) for index in every]
        order = sorted(every, key=lambda index: (alone[index], self.statistics[index].varies))
        held: list[int] = []
        together = {}
        for index in order:
            together[index] = self.cost([*held, index])
            if together[index] <= tolerance:
                held.append(index)
        return held, [(alone[index], together[index]) for index in every]

    def rewriting(self, constants: Mapping[int, Affine]) -> Rewriting:
        """How the gates of these indices are folded at constants."""
        return Rewriting(self.graph, {self.gates[index]: constant for index, constant in constants.items()})

    def reason(self, index: int, cost: tuple[float | None, float], tolerance: float) -> str:
        """Why a gate of that cost, alone and together, stays live."""
        place, (alone, together) = self.gates[index], cost
        what = f"{place.kind} varies over positions, and its mean" if self.statistics[index].spatial else "its mean"
        if alone is not None and alone > tolerance:
            return f"{what} costs {alone:.2f}"
        return f"{what} costs {together:.2f} with those folded"
