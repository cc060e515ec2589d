"""Ctrl-C and SIGTERM end a command in one line, which says where it stopped and how to go on."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from keras_ean.cli.saying import say

NOT_FINISHED = 75
"""Exit status of a command whose minutes are over."""


class Stopped(BaseException):
    """The user, or the machine, asks the command to end.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.status = 128 + number


def listen() -> None:
    """From now on the first SIGINT or SIGTERM raises `Stopped`, and a second one ends the process at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # As under nohup.
            signal.signal(number, _stop)


def _stop(number: int, frame) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)
    raise Stopped(number)


@contextmanager
def in_pieces(folder: Path, again: str) -> Iterator[None]:
    """Ends a command that works on a run in one line, with exit status 75 when its minutes are over, and 128 plus the
    number of the signal that stopped it.

    Args:
        folder: of the run.
        again: the command that goes on.
    """
    from keras_ean.run.standing import standing
    from keras_ean.training import OutOfTime

    try:
        yield
    except OutOfTime as reason:
        say(reason)
        raise typer.Exit(NOT_FINISHED) from None
    except Stopped as stopped:
        say(f"Stopped; {standing(folder)}. To go on: {again}")
        raise typer.Exit(stopped.status) from None
