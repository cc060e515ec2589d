"""Whether trainings had reached their plateau when they ended, as far as their curves tell."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from keras_ean.run.defaults import FEWEST_EPOCHS, STEPS
from keras_ean.run.headline import NOT_THERE, TOO_SHORT
from keras_ean.run.kept_curves import Curves, by_title
from keras_ean.run.unit import Unit

FEWEST = 3
"""Epochs below which a curve does not tell whether it rises."""
WARM_UP = "warm-up"
"""A training that is meant to end before its plateau."""
RISE = 0.01
"""In the last third of its epochs, a training that has reached its plateau gains no more than this, and half of it in
the last sixth: a point of accuracy, or as large a share of any other objective."""


def gain(epochs: Sequence[Mapping[str, float]], unit: Unit, part: int = 3) -> float | None:
    """What the last part of a training, such as a third, has gained over as many epochs before, on the training images;
    None where there are too few epochs, or none has the objective.

    Example:
        >>> gain([{"accuracy": share} for share in (0.1, 0.3, 0.6, 0.8, 0.9, 0.9)], Unit())
        0.2
    """
    values = [unit.turned(one[unit.objective]) for one in epochs if unit.objective in one]
    if len(values) < FEWEST:
        return None
    last = max(1, len(values) // part)
    return round(fmean(values[-last:]) - fmean(values[-2 * last : -last]), 6)


def rose(several: Sequence[Sequence[Mapping[str, float]]], unit: Unit, images: int) -> float | None:
    """What trainings of one network gained in their last third, if they still rose, by more than is noise.

    Args:
        several: Curves, of several seeds.
        unit: The unit of the objective.
        images: That an epoch's figures are of.
    """
    third, sixth = (fmean([gain(epochs, unit, part) or 0.0 for epochs in several]) for part in (3, 6))
    last = several[0][-1][unit.objective]
    scale, variance = (1.0, last * (1 - last)) if unit.share else (abs(last), 0.0)
    noise = 2 * math.sqrt(2 * variance / (max(1, len(several[0]) // 6) * len(several) * images))
    return third if third > RISE * scale and sixth > max(RISE / 2 * scale, noise) else None


def cautions(curves: Curves, unit: Unit, drawn: Mapping[str, int], images: int) -> tuple[str, ...]:
    """A sentence on trainings that ended while they still rose, and one on those that are too short to tell.

    A training that began from random weights and was as long as those of small networks that reached their plateau
    (`keras_ean.run.defaults`) is not suspected: where its rate falls towards the end it rises there, plateau or not.

    Args:
        curves: The curves of all trainings.
        unit: The unit of the objective.
        drawn: Steps of an epoch of those that begin from random weights, by what these networks are called.
        images: Images for training.
    """
    rising, short = [], []
    for title, several in by_title({name: one for name, one in curves.items() if name != WARM_UP}).items():
        number = len(several[0])
        if title in drawn and number >= FEWEST_EPOCHS and number * drawn[title] >= STEPS:
            continue
        if gain(several[0], unit) is None:
            short += [f"{title} ({number} {'epoch' if number == 1 else 'epochs'})"] if title in drawn else []
            continue
        if more := rose(several, unit, images):
            rising.append(f"{title} (better by {unit.amount(more)} in the last {number // 3} of {number} epochs)")
    found = []
    if rising:
        found.append(
            f"{NOT_THERE}: by the {unit.called} on the training images, {', '.join(rising)} still rose when the "
            "training ended. Networks that are judged before their plateau are judged by how fast they learn, so that "
            "longer training may change the answer."
        )
    if short:
        found.append(f"{TOO_SHORT} to tell whether it had reached its plateau: {', '.join(short)}.")
    return tuple(found)
