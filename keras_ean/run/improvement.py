"""What `ean.improve` has found: the verdict, what attention is worth place by place, and the network to take."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path

import keras

from keras_ean.measure.effects import Effect
from keras_ean.run.modules import Modules
from keras_ean.run.pipeline import Run
from keras_ean.run.plugged import PluggedArchitecture
from keras_ean.run.report.captions import held
from keras_ean.run.unit import Unit
from keras_ean.run.verdict import NONE
from keras_ean.run.worth import worth
from keras_ean.text_table import aligned


@dataclass(frozen=True)
class Place:
    """Tells what attention in one block of the model is worth.

    Attributes:
        name: The name of the addition that ends the block, or of the layer after which attention is plugged.
        connected: Whether the found scheme has attention there.
        effect: The effect of connecting it, on the objective of the validation images, with its interval.
    """

    name: str
    connected: bool
    effect: Effect


class Places(list[Place]):
    """Lists the blocks in their order; `print` shows them as a table.

    Args:
        places: What attention is worth in each block.
        unit: The unit of the objective.
        note: A sentence on what the intervals are.
    """

    def __init__(self, places: Iterable[Place], unit: Unit, note: str):
        super().__init__(places)
        self.unit, self.note = unit, note

    def __str__(self) -> str:
        unit = self.unit
        digits = ".1f" if unit.share else ".3g"
        told = {"on": "helps", "off": "harms", "undecided": "not shown"}
        lines = []
        for place in self:
            effect = place.effect
            interval = f"{effect.low:+{digits}} to {effect.high:+{digits}}" if isfinite(effect.error) else "not known"
            connected = "yes" if place.connected else "no"
            lines.append((place.name, connected, f"{effect.effect:+{digits}}", interval, told[effect.decided]))
        table = aligned(("place", "found", f"effect in {unit.points}", "95 % interval", "so attention"), lines)
        return f"{table}\n{self.note}"


class Improvement:
    """Holds what `keras_ean.improve` has found; `print` shows the table of the networks and the verdict.

    Args:
        modules: The finished runs, one for each attention module that was tried.

    Attributes:
        modules: The same runs, with their common table and verdict.
    """

    def __init__(self, modules: Modules):
        self.modules = modules

    @property
    def run(self) -> Run:
        """This is the run with the attention module that is recommended, or, if none is, that came closest to it."""
        return self.modules.runs[self.verdict.module]

    @cached_property
    def verdict(self):
        """This is the answer on whether attention pays, and which network to take: `pays` is "yes", "no" or
        "undecided", and `str()` says it in sentences.
        """
        return self.modules.verdict()

    @property
    def places(self) -> Places:
        """These are the blocks of the model in their order, with what attention in each is worth on the validation
        images: the effect on the objective with its 95 % interval.
        """
        run, unit = self.run, self.run.context.unit
        effects, images = worth(run.tuner(), unit)
        bits, architecture = run.search().bits, run.context.architecture
        assert isinstance(architecture, PluggedArchitecture)
        blocks = zip(architecture.places, bits, effects.blocks, strict=True)
        note = (
            f"Effects are means over all other places, by least squares of the scores of {effects.schemes} schemes in "
            f"one supernet; the intervals are {held(images)}."
        )
        return Places((Place(name, bool(bit), effect) for name, bit, effect in blocks), unit, note)

    @cached_property
    def model(self) -> keras.Model:
        """This is the recommended network, fine-tuned and compiled for the task.

        If that is the one without attention, it is the model as it was given. The comparison has a copy of that, which
        was trained on: `run.train("plain")`.
        """
        architecture = self.run.context.architecture
        assert isinstance(architecture, PluggedArchitecture)
        if self._model_stays:
            return architecture.model
        network = self.run.network(self.verdict.recommended).trained()
        architecture.task.compile(network)
        return network

    def export(self) -> list[Path]:
        """Exports the recommended network to the formats of the configuration, and gives the paths.

        What is exported is proven to predict the same in a fresh process.
        """
        return self.run.export()

    def paths(self) -> dict[str, Path]:
        """Gives the path of the "report", and that of the "network" unless the model is to stay as it was given."""
        folder = self.modules.folder if len(self.modules.runs) > 1 else self.run.folder.report
        network = self.run.network(self.verdict.recommended).model_file
        return {"report": folder / "report.html", **({} if self._model_stays else {"network": network})}

    def __str__(self) -> str:
        return "\n".join([self.modules.table(), str(self.verdict), *self._left_alone()])

    def closing(self) -> list[str]:
        """Gives the lines that are printed at the end, with what the reports of the single runs have not said yet."""
        together = [self.modules.table(), str(self.verdict)] if len(self.modules.runs) > 1 else []
        return [*together, *self._left_alone()]

    @property
    def _model_stays(self) -> bool:
        return self.verdict.recommended == NONE

    def _left_alone(self) -> list[str]:
        """Says that the figures are not those of the given model, where that is what one is left with."""
        if not self._model_stays:
            return []
        network = self.run.network(NONE)
        scores = (run.network(NONE).baseline.as_given for run in self.modules.runs.values())
        score = next((score for score in scores if score is not None), None)
        reaches = "" if score is None else f", which reaches {self.run.context.unit.value(score)} on the test images"
        return [
            f"The model itself stays as it was given{reaches}; in Python it is `result.model`. The figures of no "
            "attention are those of a copy that was trained on as the other networks were, and whose BatchNorm "
            f"statistics were estimated anew: {network.model_file}"
        ]
