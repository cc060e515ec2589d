"""Whether trainings had reached their plateau when they ended, as far as their curves tell."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from keras_ean.run.defaults import FEWEST_EPOCHS, STEPS
from keras_ean.run.kept_curves import Curves, by_title
from keras_ean.run.unit import Unit

FEWEST = 3
"""Epochs below which a curve does not tell whether it rises."""
WARM_UP = "warm-up"
"""A training that is meant to end before its plateau."""
RISE = 0.01
"""In the last third of its epochs, a training that has reached its plateau gains no more than this: a point of
accuracy, or as large a share of any other objective."""


def gain(epochs: Sequence[Mapping[str, float]], unit: Unit) -> float | None:
    """What the last third of a training has gained over as many epochs before, on the training images; None where there
    are too few epochs, or none has the objective.

    Example:
        >>> gain([{"accuracy": share} for share in (0.1, 0.3, 0.6, 0.8, 0.9, 0.9)], Unit())
        0.2
    """
    values = [unit.turned(one[unit.objective]) for one in epochs if unit.objective in one]
    if len(values) < FEWEST:
        return None
    last = len(values) // 3
    return round(fmean(values[-last:]) - fmean(values[-2 * last : -last]), 6)


def cautions(curves: Curves, unit: Unit, drawn: Mapping[str, int]) -> tuple[str, ...]:
    """A sentence on trainings that ended while they still rose, and one on those that are too short to tell.

    A training that began from random weights and was as long as those of small networks that reached their plateau
    (`keras_ean.run.defaults`) is not suspected: where its rate falls towards the end it rises there, plateau or not.

    Args:
        curves: of all trainings.
        unit: of the objective.
        drawn: steps of an epoch of those that begin from random weights, by what these networks are called.
    """
    rising, short = [], []
    for title, several in by_title({name: one for name, one in curves.items() if name != WARM_UP}).items():
        number = len(several[0])
        if title in drawn and number >= FEWEST_EPOCHS and number * drawn[title] >= STEPS:
            continue
        gains = [found for epochs in several if (found := gain(epochs, unit)) is not None]
        if not gains:
            short += [f"{title} ({number} {'epoch' if number == 1 else 'epochs'})"] if title in drawn else []
            continue
        scale = 1.0 if unit.share else abs(several[0][-1][unit.objective])
        if fmean(gains) > RISE * scale:
            rising.append(
                f"{title} (better by {unit.amount(fmean(gains))} in the last {number // 3} of {number} epochs)"
            )
    found = []
    if rising:
        found.append(
            f"Not at the plateau: by the {unit.called} on the training images, {', '.join(rising)} still rose when the "
            "training ended. Networks that are judged before their plateau are judged by how fast they learn, so that "
            "longer training may change the answer."
        )
    if short:
        found.append(f"Too short a training to tell whether it had reached its plateau: {', '.join(short)}.")
    return tuple(found)
