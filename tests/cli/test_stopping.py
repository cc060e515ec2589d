"""A command that is stopped says its last words, once, whatever it is doing when the signal comes."""

import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from keras_ean.cli import stopping
from keras_ean.cli.stopping import Stopped, in_pieces

application = import_module("keras_ean.cli.app")
WORDS = "Stopped; runs/mine keeps the supernet. To go on: again"


@pytest.fixture
def said(monkeypatch):
    """What was said."""
    lines = []
    monkeypatch.setattr("keras_ean.run.standing.standing", lambda folder: f"{folder} keeps the supernet")
    monkeypatch.setattr(stopping, "say", lines.append)
    return lines


def test_a_command_that_is_ended_while_it_stops_says_so_once(said, monkeypatch):
    """On a busy machine it takes so long to stop that it is ended at the same time."""
    ended = []
    monkeypatch.setattr("os._exit", lambda status: ended.append((status, len(said))))
    ending = threading.Thread(target=stopping._end, args=[143])

    def slow(folder):
        ending.start()
        time.sleep(0.05)
        return f"{folder} keeps the supernet"

    monkeypatch.setattr("keras_ean.run.standing.standing", slow)
    with pytest.raises(typer.Exit) as left, in_pieces(Path("runs/mine"), "again"):
        raise Stopped(signal.SIGTERM)
    ending.join()
    assert left.value.exit_code == 143
    assert said == [WORDS]
    assert ended == [(143, 1)]  # Not before it was said.


def test_a_command_that_does_not_stop_is_ended_and_says_so(said, monkeypatch):
    monkeypatch.setattr("os._exit", lambda status: None)
    with in_pieces(Path("runs/mine"), "again"):
        stopping._end(130)
    assert said == [WORDS]
    stopping._end(130)  # A command that has come to its end meanwhile was not stopped.
    assert len(said) == 1


class Removed:
    """Asks the process to end while it is removed, where no exception leads anywhere."""

    def __del__(self):
        signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def listening(monkeypatch):
    """Signals are listened to, and nothing ends the process; afterwards all is as it was."""
    monkeypatch.setattr(stopping.threading, "Timer", lambda *_: SimpleNamespace(start=lambda: None))
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(stopping, "_asked", [])
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    stopping.listen()
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def mistaken():
    """Is stopped where a library takes that for an error of its own."""
    try:
        signal.raise_signal(signal.SIGTERM)
    except Stopped:
        raise RuntimeError("pybind11::error_already_set: MISMATCH of original and active exception") from None


@pytest.mark.usefixtures("listening")
def test_what_a_library_makes_of_the_signal_is_no_error(said):
    with pytest.raises(typer.Exit) as left, in_pieces(Path("runs/mine"), "again"):
        mistaken()
    assert left.value.exit_code == 143
    assert said == [WORDS]


@pytest.mark.usefixtures("listening")
def test_nor_is_it_outside_of_a_run(monkeypatch, capsys):
    monkeypatch.setattr(application, "listen", lambda: None)
    monkeypatch.setattr(application, "import_folder", lambda *_: None)
    monkeypatch.setattr(application, "app", mistaken)
    with pytest.raises(SystemExit) as left:
        application.main()
    assert left.value.code == 143
    assert capsys.readouterr().err == "Stopped.\n"


def forget(things):
    things.clear()
    time.sleep(5)


@pytest.mark.usefixtures("listening")
def test_a_signal_that_comes_where_nothing_can_be_raised_is_raised_soon():
    things = [Removed()]
    with pytest.raises(Stopped) as stopped:
        forget(things)
    assert stopped.value.status == 143
