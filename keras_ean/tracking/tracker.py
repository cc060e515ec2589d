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
            part: The part of the run that the values belong to, such as "supernet", "search" or "found-0".
            step: The number of the epoch (from 0 on), of the step or of the seed.
            values: The numbers by their names, such as "training/loss".
        """

    def image(self, part: str, step: int, name: str, pixels: np.ndarray) -> None:
        """Takes a picture.

        Args:
            part: The part of the run that the picture belongs to, such as "supernet", "search" or "found-0".
            step: The number of the step, such as how many schemes a search has scored.
            name: The name of the picture, which says what it shows.
            pixels: The picture as (height, width, 3) uint8.
        """

    def trial(self, part: str, number: int, parameters: Mapping[str, bool], results: Mapping[str, float]) -> None:
        """Takes one trial of a search: a scheme and what came of it.

        Args:
            part: The part of the run that the trial belongs to, such as "search".
            number: The number of the trial, counted from 0.
            parameters: Whether each block has attention, by "block_0", "block_1", …
            results: The score and the parts of the reward, by their names.
        """


class Guarded(Tracker):
    """Passes everything on to a tracker until that fails: a server that is gone must not end a training of hours.

    The first failure is told as a `RuntimeWarning`, and from then on nothing is passed on.

    Args:
        tracker: The tracker that may fail, such as one of your own.
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
        trackers: The trackers, each of which is told everything in this order.
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
