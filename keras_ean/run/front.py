"""The schemes that a search has scored with what they cost, and the fronts among them: known without Keras."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from keras_ean.run.networks import LATENCY_BATCH
from keras_ean.run.unit import Unit
from keras_ean.scheme import Scheme
from keras_ean.search.pareto import front

FILE = "pareto.json"
"""In the folder of a report."""
Axis = Literal["latency_ms", "parameters"]
LATENCY = (
    f"Predicted ms: of the inference of {LATENCY_BATCH} images, not measured of this scheme: the time without "
    "attention, and for every connected block its share of what attention in all blocks adds, as its stage was "
    "measured to take part in it"
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
        subjects: What the images show, where several show the same thing, as "287 digits"; else empty.
    """

    points: Sequence[Point]
    images: int
    unit: Unit
    subjects: str = ""

    def front(self, axis: Axis = "latency_ms") -> list[Point]:
        """The points that no other one beats in both objective and cost, the cheapest first; of equal ones that of the
        fewest connections."""
        points = sorted(self.points, key=lambda point: sum(point.scheme.bits))
        values = np.array([(self.unit.turned(point.value), -getattr(point, axis)) for point in points])
        return [points[row] for row in front(values)]

    def facts(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        points = [{**vars(point), "scheme": str(point.scheme)} for point in self.points]
        return {"images": self.images, "unit": asdict(self.unit), "subjects": self.subjects, "points": points}


def read_scored(facts: dict[str, Any]) -> Scored:
    """Made of the facts that `Scored.facts` gives, after a way through JSON."""
    points = [
        Point(**{**one, "scheme": Scheme(one["scheme"]), "interval": one["interval"] and tuple(one["interval"])})
        for one in facts["points"]
    ]
    return Scored(points, facts["images"], Unit(**facts["unit"]), facts.get("subjects", ""))
