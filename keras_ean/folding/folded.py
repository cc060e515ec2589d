"""What folding gives: the network, and what became of each gate."""

from dataclasses import dataclass, field

import keras

from keras_ean.folding.gate_place import GatePlace, sizes
from keras_ean.folding.measured import Statistics
from keras_ean.text_table import aligned


@dataclass(frozen=True, eq=False)
class FoldedGate:
    """Tells what was measured of one gate, and what became of it.

    Attributes:
        place: Where the gate is in the network.
        statistics: The mean of the gate's values in the network before folding, and how much they vary.
        alone: What it costs to hold the gate alone at its mean, in the unit of the tolerance; None if it was not
            measured.
        together: What it costs to hold it together with the gates folded before it, or with all gates if all are
            folded.
        folded: Whether the gate is a constant now.
        fate: The layer that took the constant, or the reason why the gate is still computed.
        milliseconds: The time of the gate alone on a batch; None if it was not measured.
    """

    place: GatePlace
    statistics: Statistics = field(repr=False)
    alone: float | None
    together: float
    folded: bool
    fate: str
    milliseconds: float | None = None

    @property
    def name(self) -> str:
        """This is the name of the gate."""
        return self.place.name


@dataclass(frozen=True, eq=False)
class Folded:
    """Holds the result of `fold`; `print` shows it as a table.

    Attributes:
        network: A new functional model, not compiled, in which the gates that could be constant are folded and the
            others stay.
        gates: What became of each gate, in the order in which they run.
        before, after: The scores of the network as it was and of the new one, on the images that folding was judged by:
            top-1 accuracy in percent, or what the metric gives.
        judged_by: What the outputs were compared with: "the labels" or "the network's own classes".
        times: The milliseconds of a batch, before and after; None if they were not measured.
    """

    network: keras.Model
    gates: tuple[FoldedGate, ...]
    before: float
    after: float
    judged_by: str
    times: tuple[float, float] | None = None

    @property
    def folded(self) -> tuple[str, ...]:
        """These are the names of the gates that are constants now."""
        return tuple(gate.name for gate in self.gates if gate.folded)

    @property
    def live(self) -> tuple[str, ...]:
        """These are the names of the gates that are still computed for each image."""
        return tuple(gate.name for gate in self.gates if not gate.folded)

    def __str__(self) -> str:
        head = ("gate", "kind", "map", "varies %", "alone", "together", "ms", "folded into")
        rows = [
            (
                gate.name,
                gate.place.kind,
                sizes(gate.place.shape),
                f"{100 * gate.statistics.varies:.1f}",
                "–" if gate.alone is None else f"{gate.alone:.2f}",
                f"{gate.together:.2f}",
                "–" if gate.milliseconds is None else f"{gate.milliseconds:.2f}",
                gate.fate if gate.folded else f"live: {gate.fate}",
            )
            for gate in self.gates
        ]
        count, known = len(self.folded), len(self.gates)
        lines = [
            aligned(head, rows),
            f"{count} of {known} gates folded; {self.before:.2f} before, {self.after:.2f} after",
        ]
        lines[-1] += f", against {self.judged_by}"
        if self.times is not None:
            lines[-1] += f"; {self.times[0]:.2f} ms before, {self.times[1]:.2f} ms after"
        return "\n".join(lines)
