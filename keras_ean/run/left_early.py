"""What left the supernet's training before its end, as a run keeps it, and which schemes are misjudged for it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from keras_ean.place_names import PlaceNames
from keras_ean.run import networks
from keras_ean.run.folder import RunFolder
from keras_ean.run.verdict import Verdict
from keras_ean.scheme import Scheme

FEW = 3
"""Places that are named one by one; more are counted."""
MISJUDGED = "Perhaps judged too low"
"""How the caution begins that says which compared networks have places as the supernet was trained only for a part of
its epochs."""


@dataclass(frozen=True)
class Left:
    """Tells that a place left the space that the supernet's training draws schemes from.

    Attributes:
        epoch: The number of epochs after which it left.
        place: The number of its bit in a scheme.
        bit: What it was in every scheme from then on, 0 for off and 1 for on.
        effect: What connecting it was estimated to change; positive effects are good ones.
        low, high: The ends of the interval of that.
    """

    epoch: int
    place: int
    bit: int
    effect: float
    low: float
    high: float


@dataclass(frozen=True)
class LeftEarly:
    """Holds what left the supernet's training before its end.

    Attributes:
        epochs: The number of epochs of the training.
        looks: The number of times that schemes were scored for it.
        seconds: The seconds that this took.
        left: What left, in this order.
        names: What the places are called.
    """

    epochs: int
    looks: int
    seconds: float
    left: tuple[Left, ...]
    names: PlaceNames

    def sentence(self, places: int) -> str:
        """Says which places left, after which epoch, and how they were from then on.

        Args:
            places: The number of all places.

        Example:
            >>> left = LeftEarly(8, 4, 1.0, (Left(3, 1, 0, 0.0, -1.0, 0.01),), PlaceNames("se"))
            >>> left.sentence(4)
            "Of 4 blocks 1 left the supernet's training of 8 epochs: block 1 is off after epoch 3."
        """
        noun = self.names.noun
        if not self.left:
            return f"None of the {places} {noun}s left the supernet's training: at {self.looks} looks none was decided."
        groups: dict[tuple[int, int], list[int]] = {}
        for one in self.left:
            groups.setdefault((one.epoch, one.bit), []).append(one.place)
        each = [
            f"{self.names.listed(sorted(group))} {'is' if len(group) == 1 else 'are'} {'on' if bit else 'off'} after "
            f"epoch {epoch}"
            for (epoch, bit), group in groups.items()
        ]
        several = f"Of {places} {noun}s {len(self.left)}" if len(self.left) < places else f"All {places} {noun}s"
        return f"{several} left the supernet's training of {self.epochs} epochs: {'; '.join(each)}."

    def against(self, scheme: Scheme | str) -> str:
        """Says in which places a scheme is as the supernet was trained only for a part of its epochs; else empty.

        Args:
            scheme: The scheme.

        Example:
            >>> left = LeftEarly(8, 4, 1.0, (Left(3, 1, 0, 0.0, -1.0, 0.01),), PlaceNames("eca+se"))
            >>> left.against("11 00"), left.against("10 01")
            ('connects block 0, SE (trained for 3 of 8 epochs)', '')
        """
        bits = Scheme(scheme).bits
        parts = []
        for bit, verb in ((0, "connects"), (1, "leaves out")):
            wrong = sorted((one for one in self.left if one.bit == bit != bits[one.place]), key=lambda one: one.place)
            if wrong:
                first, last = (pick(one.epoch for one in wrong) for pick in (min, max))
                named = self.names.listed([one.place for one in wrong])
                if len(wrong) > FEW:
                    named = f"{len(wrong)} {self.names.noun}s"
                epochs = f"{first}" if first == last else f"{first} to {last}"
                parts.append(
                    f"{verb} {named} (trained {'' if bit == 0 else 'so '}for {epochs} of {self.epochs} epochs)"
                )
        return " and ".join(parts)

    def caution(self, verdict: Verdict) -> tuple[str, ...]:
        """Gives a sentence on the compared networks that started from weights which were trained for less time than
        those of others; none if there are none.

        Args:
            verdict: The verdict of the run.
        """
        told = []
        for name, costs in verdict.costs.items():
            if networks.get(name).folds is None and (against := self.against(costs.scheme)):
                taken = name in (verdict.recommended, networks.get(verdict.recommended).folds)
                told.append(f"{costs.title}{' (recommended)' if taken else ''} {against}")
        if not told:
            return ()
        return (f"{MISJUDGED}, since what left the supernet's training early had fewer epochs: {'; '.join(told)}.",)


def left_early_file(folder: RunFolder) -> Path:
    """Where a run keeps what left."""
    return folder.path / "left_early.json"


def left_early(folder: RunFolder, attention: str) -> LeftEarly | None:
    """What left the supernet's training of a run; None if its space did not shrink, or that was not kept.

    Args:
        folder: The folder of the run.
        attention: The name of the attention module.
    """
    facts = folder.json(left_early_file(folder))
    if facts is None:
        return None
    looks = facts["looks"]
    left = tuple(Left(**{"epoch": look["epoch"], **one}) for look in looks for one in look["left"])
    return LeftEarly(facts["epochs"], len(looks), sum(one["seconds"] for one in looks), left, PlaceNames(attention))


def note_look(folder: RunFolder, epochs: int, epoch: int, seconds: float, left: Sequence[Left]) -> None:
    """Adds a look to what a run keeps; those that were at this epoch or later, which a kill took back, are forgotten.

    Args:
        folder: The folder of the run.
        epochs: The number of epochs of the training.
        epoch: The number of epochs after which it was looked.
        seconds: The seconds that this took.
        left: What left then.
    """
    facts: Mapping[str, Any] = folder.json(left_early_file(folder)) or {"looks": []}
    before = [look for look in facts["looks"] if look["epoch"] < epoch]
    each = [{key: value for key, value in asdict(one).items() if key != "epoch"} for one in left]
    look = {"epoch": epoch, "seconds": round(seconds, 3), "left": each}
    folder.write_json(left_early_file(folder), {"epochs": epochs, "looks": [*before, look]})
