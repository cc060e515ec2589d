"""The curves of a run's trainings, by training: the figures of every epoch, and how long each took."""

from collections.abc import Mapping, Sequence

from keras_ean.run import networks
from keras_ean.run.folder import RunFolder
from keras_ean.training.curve import read_curve

Curves = Mapping[str, Sequence[dict[str, float]]]
BEFORE = {"warm-up": "attention alone, first", "baseline": "the model without attention", "pretrain": "the supernet"}
"""Trainings before those of the compared networks, by the names of their files."""


def kept_curves(folder: RunFolder, names: Sequence[str]) -> Curves:
    """The curves of these trainings of compared networks, such as "found-0", and of those before them, in this order;
    those that an earlier version trained have none."""
    found = {name: read_curve(folder.curve(name)) for name in (*BEFORE, *names)}
    return {name: epochs for name, epochs in found.items() if epochs}


def kind(training: str) -> str:
    """Which network a training is of: all seeds are one kind."""
    return training if training in BEFORE else training.rpartition("-")[0]


def called(training: str) -> str:
    """What the training is called in figures and tables."""
    name = kind(training)
    return BEFORE.get(name) or networks.title(name)


def by_title(curves: Curves) -> dict[str, list[Sequence[dict[str, float]]]]:
    """The curves of all seeds of a network, by what it is called."""
    found: dict[str, list[Sequence[dict[str, float]]]] = {}
    for name, epochs in curves.items():
        found.setdefault(called(name), []).append(epochs)
    return found


def seconds(curves: Curves) -> dict[str, float]:
    """The seconds of all trainings of each kind together."""
    return {
        title: sum(one["seconds"] for epochs in several for one in epochs)
        for title, several in by_title(curves).items()
    }
