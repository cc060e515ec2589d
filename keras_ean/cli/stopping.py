"""Ctrl-C and SIGTERM end a command in one line, which says where it stopped and how to go on."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from keras_ean.cli.disk import disk_trouble
from keras_ean.cli.saying import say
from keras_ean.run.no_run import holds_run

NOT_FINISHED = 75
"""Exit status of a command whose minutes are over."""
SECONDS = 8.0
"""After which a command that does not end by itself is ended: what it has kept is whole at any time."""
SPEAKING = 1.5
"""Seconds that a command has for its last words when its time is over."""
_last_words: list[Callable[[], str]] = []
"""What is still to be said when the command is ended."""
_asked: list[int] = []
"""The signal that has asked the command to end."""
_speaker = threading.Lock()
"""The command itself and what ends it may speak at the same time; one of them does."""


class Stopped(BaseException):
    """The user, or the machine, asks the command to end.

    Args:
        number: The number of the signal.
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.number, self.status = number, 128 + number


def listen() -> None:
    """From now on the first SIGINT or SIGTERM raises `Stopped`, and a second one ends the process at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # As under nohup.
            signal.signal(number, _stop)
    sys.unraisablehook = _again


def _again(unraisable) -> None:
    """Raises `Stopped` once more, in a moment, where it came up in what Python calls in between, such as `__del__`, and
    led nowhere."""
    stopped = unraisable.exc_value
    if not isinstance(stopped, Stopped):
        sys.__unraisablehook__(unraisable)
        return

    def stop(number: int, frame) -> None:
        raise Stopped(stopped.number)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.01)


def _stop(number: int, frame) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)
    # Code that is not Python's, such as a compiler, may run on for minutes, and some swallows what is raised in it.
    insistent = threading.Timer(SECONDS, _end, [128 + number])
    insistent.daemon = True
    insistent.start()
    _asked.append(number)
    raise Stopped(number)


@contextmanager
def whatever_comes_of_it() -> Iterator[None]:
    """`Stopped` in place of any error after a signal: some libraries make errors of their own of what is raised in
    code that they call."""
    try:
        yield
    except Exception as error:
        if not _asked:
            raise
        raise Stopped(_asked[0]) from error


def _end(status: int) -> None:
    _speak(SPEAKING)
    sys.stdout.flush()
    os._exit(status)


def _speak(patience: float = -1) -> None:
    """Says the last words, if nobody has; whoever is at it has so many seconds for it, or forever."""
    if not _speaker.acquire(timeout=patience):
        return
    try:
        if _last_words:
            say(_last_words.pop()())
    finally:
        _speaker.release()


@contextmanager
def in_pieces(folder: Path, again: str) -> Iterator[None]:
    """Ends a command that works on a run in one line, with exit status 75 when its minutes are over, and 128 plus the
    number of the signal that stopped it.

    Args:
        folder: The folder of the run.
        again: The command that goes on.

    Raises:
        OSError: The disk is full, read-only or gone, in one line with what is kept.
    """
    from keras_ean.run.standing import standing
    from keras_ean.training import OutOfTime

    def words() -> str:
        return f"Stopped; {standing(folder)}. To go on: {again}"

    _last_words.append(words)
    try:
        with whatever_comes_of_it(), disk_trouble_told(folder, again):
            yield
    except OutOfTime as reason:
        say(reason)
        raise typer.Exit(NOT_FINISHED) from None
    except Stopped as stopped:
        _speak()
        raise typer.Exit(stopped.status) from None
    finally:
        _last_words.clear()


@contextmanager
def disk_trouble_told(folder: Path, again: str) -> Iterator[None]:
    """OSError in one line, with what is kept, if the disk is full, read-only or gone; see `in_pieces`."""
    there = holds_run(folder)
    try:
        yield
    except Exception as error:
        if (trouble := disk_trouble(error, folder, there)) is None:
            raise
        from keras_ean.run.standing import standing  # Only now, since it imports Keras.

        raise OSError(f"{trouble}. To go on: {again}. Until now, {standing(folder)}.") from error
