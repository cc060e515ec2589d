"""Work in pieces: stop after a checkpoint when the time is over, and go on in the next piece."""

import math
import time
from numbers import Real

import keras


class OutOfTime(Exception):
    """Says that the time is over; everything done so far is kept, and the same call goes on."""


class TimeLimit:
    """Limits work to minutes from now: it stops between two steps, epochs or trials, before one that would end later.

    The next step is taken to last as long as the longest one so far of the same work, the first left out, which also
    compiles. At least one step is done, so that repeated pieces come to an end however short they are.

    Args:
        minutes: How many minutes the work may take; None sets no limit.

    Raises:
        ValueError: `minutes` is not a positive number.

    Example:
        >>> TimeLimit().check("the search")
        >>> limit = TimeLimit(minutes=1e-9)
        >>> limit.check("the search")
        >>> limit.step()
        >>> limit.check("the search")
        Traceback (most recent call last):
        ...
        keras_ean.training.time_limit.OutOfTime: The time is over before the search; the same command goes on from here.
    """

    def __init__(self, minutes: float | None = None):
        if minutes is not None and not (isinstance(minutes, Real) and minutes > 0):
            raise ValueError(f"A time limit is a positive number of minutes, not {minutes!r}.")
        self.end = math.inf if minutes is None else time.monotonic() + 60 * minutes
        self.worked = False
        self.begin()

    def begin(self) -> None:
        """Notes that other work begins, so that the length of its steps is learnt anew."""
        self.last = time.monotonic()
        self.lasted: list[float] = []

    def step(self) -> None:
        """Notes that a step has ended."""
        now = time.monotonic()
        self.lasted.append(now - self.last)
        self.last, self.worked = now, True

    @property
    def over(self) -> bool:
        """Says whether the next step would end too late."""
        return self.worked and time.monotonic() + max(self.lasted[1:] or self.lasted, default=0) > self.end

    def check(self, what: str) -> None:
        """Stops the work if the time is over.

        Args:
            what: The work that comes next, as the message names it.

        Raises:
            OutOfTime: The time is over.
        """
        if self.over:
            raise OutOfTime(f"The time is over before {what}; the same command goes on from here.")


class StopInTime(keras.callbacks.Callback):
    """Ends a `fit` after the last epoch for which there is time.

    Args:
        limit: The time limit, which is asked after each epoch.
    """

    def __init__(self, limit: TimeLimit):
        super().__init__()
        self.limit = limit

    def on_train_begin(self, logs=None):
        self.limit.begin()

    def on_epoch_end(self, epoch, logs=None):
        self.limit.step()
        if self.limit.over:
            self.model.stop_training = True
