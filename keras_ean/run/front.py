"""The schemes that a search has scored with what they cost, and the fronts among them: known without Keras."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from keras_ean.run.networks import LATENCY_BATCH
from keras_ean.run.unit import Unit
from keras_ean.scheme import Scheme
from keras_ean.search.pareto import front

FILE = "pareto.json"
"""In the folder of a report."""
Axis = Literal["latency_ms", "parameters"]
AXES: tuple[Axis, ...] = get_args(Axis)
LATENCY = (
    f"Predicted ms: of the inference of {LATENCY_BATCH} images, not measured of this scheme: the time without "
    "attention, and for every connected block its share of what attention everywhere adds"
)


@dataclass(frozen=True)
class Point:
    """A scored scheme.

    Attributes:
        scheme: The scheme that was scored.
        value: The objective on the validation images, such as an accuracy, 0 … 1; the mean over all scores of the
            scheme.
        interval: The 95 % interval of the value, for the sampling of the validation images; None if it is no accuracy.
        latency_ms: The predicted milliseconds of inference on a batch.
        parameters: The number of trainable parameters of its network.
        random: Whether random search alone has scored it.
    """

    scheme: Scheme
    value: float
    interval: tuple[float, float] | None
    latency_ms: float
    parameters: float
    random: bool = False


@dataclass(frozen=True)
class Scored:
    """All scored schemes of a search.

    Attributes:
        points: The scored schemes, in the order of scoring.
        images: The number of validation images.
        unit: The unit of the objective.
        subjects: What the images show, where several show the same thing, as "287 originals"; else empty.
        spread_ms: How far, in milliseconds, calls of the networks whose times were measured lie from their medians.
        told_apart: Whether attention everywhere was measured to take longer than none, so that times of schemes differ.
        given_up: The number of further schemes that were given up before they were scored on all images.
    """

    points: Sequence[Point]
    images: int
    unit: Unit
    subjects: str = ""
    spread_ms: float = 0.0
    told_apart: bool = True
    given_up: int = 0

    @property
    def axis(self) -> Axis:
        """The cost that tells schemes apart."""
        return "latency_ms" if self.told_apart else "parameters"

    def ms(self, point: Point) -> str:
        """The predicted milliseconds of a point, with as many digits as are known."""
        digits = 2 if not self.spread_ms else min(2, max(0, -math.floor(math.log10(self.spread_ms))))
        return f"{point.latency_ms:.{digits}f}"

    def written(self, point: Point) -> str:
        """The objective of a point without a unit; one that is no share has the digits that tell the fronts apart."""
        fronts = {one.value for axis in AXES for one in self.front(axis)}
        for digits in (1,) if self.unit.share else range(1, 5):
            if len({self._number(value, digits) for value in fronts}) == len(fronts):
                break
        return self._number(point.value, digits)

    def _number(self, value: float, digits: int) -> str:
        return self.unit.number(self.unit.turned(value), digits)

    def front(self, axis: Axis = "latency_ms") -> list[Point]:
        """The points that no other one beats in both objective and cost, the cheapest first; of equal ones that of the
        fewest connections."""
        points = sorted(self.points, key=lambda point: sum(point.scheme.bits))
        values = np.array([(self.unit.turned(point.value), -getattr(point, axis)) for point in points])
        return [points[row] for row in front(values)]

    def facts(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        points = [{**vars(point), "scheme": str(point.scheme)} for point in self.points]
        return {**vars(self), "unit": asdict(self.unit), "points": points}


def read_scored(facts: dict[str, Any]) -> Scored:
    """Made of the facts that `Scored.facts` gives, after a way through JSON."""
    points = [
        Point(**{**one, "scheme": Scheme(one["scheme"]), "interval": one["interval"] and tuple(one["interval"])})
        for one in facts["points"]
    ]
    return Scored(**{**facts, "points": points, "unit": Unit(**facts["unit"])})
