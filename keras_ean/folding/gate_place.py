"""One call of a gate in a model's graph."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from keras_ean.graph.graph import Step, Value
from keras_ean.text_table import aligned


@dataclass(frozen=True, eq=False)
class GatePlace:
    """Names a place where a map is multiplied by a gate that is computed from the map itself.

    Attributes:
        name: The name of the layer that multiplies, with the index of the calling block where the layer serves several:
            "stage_0_attention/2".
        kind: The class of an attention module of this package, such as "SE"; in other models "squeeze-and-excitation"
            for a gate per channel, and "spatial gate" for one per position.
        after: The name of the operation that makes the map.
        shape: The (height, width, channels) of the map; None where the model leaves it open.
        step: The operation in the model's graph that applies the gate.
        x: The map before the gate, as a value of the graph.
        factor: The gate, as a value of the graph; None for an attention module, which computes it inside.
    """

    name: str
    kind: str
    after: str
    shape: tuple[int | None, ...]
    step: Step = field(repr=False)
    x: Value = field(repr=False)
    factor: Value | None = field(repr=False, default=None)

    @property
    def y(self) -> Value:
        """This is the map after the gate, as a value of the graph."""
        return self.step.outputs[0]

    @property
    def channels(self) -> int:
        """This is the number of channels of the map."""
        return self.shape[-1] or 0


class Gates(Sequence[GatePlace]):
    """Lists the gates of a model in the order in which they run; `print` shows them as a table.

    Args:
        places: The gates, in the order in which they run.
        model: The name of the model.
    """

    def __init__(self, places: Sequence[GatePlace], model: str):
        self.places = tuple(places)
        self.model = model

    def __getitem__(self, index):
        return self.places[index]

    def __len__(self) -> int:
        return len(self.places)

    def __str__(self) -> str:
        rows = [(place.name, place.kind, place.after, sizes(place.shape)) for place in self]
        return f"{aligned(('gate', 'kind', 'after', 'map'), rows)}\n{len(self)} gates in {self.model}"

    def __repr__(self) -> str:
        return f"<Gates of {self.model}: {', '.join(place.name for place in self) or 'none'}>"


def sizes(shape: Sequence[int | None]) -> str:
    """ "8×8×16"; "?" where the size is open."""
    return "×".join("?" if size is None else str(size) for size in shape)
