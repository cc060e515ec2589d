"""The one protocol by which losses, rewards, pictures and results leave a run as it goes on."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class Tracker:
    """Hears what happens in a run; a subclass passes on what it cares for, and nothing is asked of it.

    A *part* is what the values are of: "supernet", "search", "found-0", "comparison". The names of values have a slash
    where they belong together: "training/loss", "reward/sparsity", "probability/block_3".

    Example:
        >>> class Printer(Tracker):
        ...     def scalars(self, part, step, values):
        ...         print(part, step, dict(values))
        >>> Printer().scalars("supernet", 0, {"training/loss": 2.3})
        supernet 0 {'training/loss': 2.3}
    """

    def scalars(self, part: str, step: int, values: Mapping[str, float]) -> None:
        """Takes numbers at an epoch of a training, a step of a search, or a seed of a comparison.

        Args:
            part: What the values are of, such as "supernet", "search" or "found-0".
            step: The number of the epoch, the step or the seed.
            values: The numbers, by name.
        """

    def image(self, part: str, step: int, name: str, pixels: np.ndarray) -> None:
        """Takes a picture, (height, width, 3) uint8.

        Args:
            part: What the values are of, such as "supernet", "search" or "found-0".
            step: The number of the step.
            name: What the picture shows.
            pixels: The picture.
        """

    def trial(self, part: str, number: int, parameters: Mapping[str, bool], results: Mapping[str, float]) -> None:
        """Takes what a search has scored: its hyperparameters and their results.

        Args:
            part: What the values are of, such as "supernet", "search" or "found-0".
            number: How many were scored before.
            parameters: Whether each block is connected, by name.
            results: The score and the parts of the reward, by name.
        """


class Guarded(Tracker):
    """Passes on what it is told until that fails: a server that is gone must not end a training of hours.

    The failure is told once, as a warning, and from then on nothing is passed on.

    Args:
        tracker: Somebody's own.
    """

    def __init__(self, tracker: Tracker):
        self.tracker, self.failed = tracker, False

    def _pass_on(self, told: str, *values: Any) -> None:
        if self.failed:
            return
        try:
            getattr(self.tracker, told)(*values)
        except Exception as error:  # Whatever a class of the user's raises.
            self.failed = True
            name, why = type(self.tracker).__name__, f"{type(error).__name__}: {error}"
            message = f"The tracker {name} has failed in {told}, and is told nothing more: {why}"
            warnings.warn(message, RuntimeWarning, stacklevel=2)

    def scalars(self, part, step, values):
        self._pass_on("scalars", part, step, values)

    def image(self, part, step, name, pixels):
        self._pass_on("image", part, step, name, pixels)

    def trial(self, part, number, parameters, results):
        self._pass_on("trial", part, number, parameters, results)


class Trackers(Tracker):
    """Tells several trackers in turn, as if they were one.

    Args:
        trackers: The trackers of which each is told everything.
    """

    def __init__(self, trackers: Sequence[Tracker] = ()):
        self.trackers = tuple(trackers)

    def scalars(self, part, step, values):
        for tracker in self.trackers:
            tracker.scalars(part, step, values)

    def image(self, part, step, name, pixels):
        for tracker in self.trackers:
            tracker.image(part, step, name, pixels)

    def trial(self, part, number, parameters, results):
        for tracker in self.trackers:
            tracker.trial(part, number, parameters, results)
