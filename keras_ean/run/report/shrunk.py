"""What left the supernet's training early, and what that means for the scores: a section of a report."""

from collections.abc import Mapping

import numpy as np

from keras_ean.run.left_early import LeftEarly
from keras_ean.run.report.page import Part, Section, Table, Text
from keras_ean.scheme import Scheme


def section(left: LeftEarly, schemes: Mapping[str, Scheme], objective: str) -> Section:
    """Which places left, when and why, and which schemes are scored too low for it.

    Args:
        left: What left the supernet's training.
        schemes: The schemes that the report is about, by what they are called.
        objective: What places were judged by at the looks, "loss" or "accuracy".
    """
    stages = next(iter(schemes.values())).stages
    noun = left.names.noun
    said = [left.sentence(sum(stages))]
    if left.left:
        against = [f"the {name} scheme, {one}, {what}" for name, one in schemes.items() if (what := left.against(one))]
        said.append(
            f"What left early was trained for a part of the epochs only. A scheme that has such a {noun} the other way "
            "is scored too low in the search, and so it may be where networks start from the supernet's weights. "
            + (f"Here {'; '.join(against)}." if against else "None of the schemes that this report names is one.")
        )
        if len(left.left) == sum(stages):
            only = Scheme([one.bit for one in sorted(left.left, key=lambda one: one.place)], stages)
            said.append(
                f"In the end all {noun}s were decided, so that the last epochs trained one scheme alone, {only}."
            )
    parts: list[Part] = [Text("\n".join(said))]
    if left.left:
        parts.append(_table(left, stages, objective))
    return Section("What left the supernet's training", parts)


def _table(left: LeftEarly, stages: tuple[int, ...], objective: str) -> Table:
    unit, factor, digits = ("nats", 1.0, 4) if objective == "loss" else ("points", 100.0, 2)
    stage_of = np.repeat(range(len(stages)), stages)

    def written(value: float) -> str:
        return f"{factor * value:+z.{digits}f}"

    rows = [
        (
            f"{left.names.short(one.place)} (stage {stage_of[one.place]})",
            "on" if one.bit else "off",
            f"{one.epoch} of {left.epochs}",
            written(one.effect),
            f"{written(one.low)} to {written(one.high)}",
        )
        for one in left.left
    ]
    return Table(
        (left.names.noun, "from then on", "after epoch", "effect", "interval"),
        rows,
        "ttnnn",
        f"In the order in which they left. Effects are on the {objective} of validation images, in {unit}, + for "
        "better, as they were when it was decided, with the interval that decided it. The time of "
        f"{left.looks} looks was {left.seconds:.0f} s.",
    )


def note(left: LeftEarly | None) -> str:
    """A sentence for the effects of the search, where they are of places that were trained for less time than others;
    else empty."""
    if left is None or not left.left:
        return ""
    places = sorted(one.place for one in left.left)
    return (
        f"Of what left the supernet's training early ({left.names.listed(places)}) one way, on or off, was trained for "
        "a part of the epochs only, so that these effects favour the other."
    )
