"""Wrong inputs of every kind, drawn by hypothesis: each is taken, or refused in words, soon."""

import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

SECONDS = 10
"""Of processor time, after which an input hangs."""


@dataclass
class Kind:
    """A kind of input.

    Args:
        prepare: makes what all inputs share in an empty folder; gives a strategy, and what takes a drawn input.
    """

    prepare: Callable[[Path], tuple[st.SearchStrategy, Callable[[Any], Any]]]


@dataclass
class Found:
    """What became of inputs.

    Attributes:
        tried, taken, refused: how many.
        faults: how many ended otherwise, by what has happened.
        examples: an input of each of these.
    """

    tried: int = 0
    taken: int = 0
    refused: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)


KINDS: dict[str, Kind] = {}


def kind(name: str) -> Callable:
    def decorate(prepare: Callable) -> Callable:
        KINDS[name] = Kind(prepare)
        return prepare

    return decorate


def fuzz(name: str, count: int, seed: int, folder: Path) -> Found:
    """Draws so many inputs of a kind, the same for the same seed, and looks at what becomes of each."""
    found = Found()
    strategy, take = KINDS[name].prepare(folder)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def each(value: Any) -> None:
        found.tried += 1
        fault = outcome(take, value)
        if fault is not None and fault.startswith("hangs"):  # It may be the machine that stood still.
            fault = outcome(take, value)
        if fault is None:
            found.taken += 1
        elif fault == "":
            found.refused += 1
        else:
            found.faults[fault] = found.faults.get(fault, 0) + 1
            found.examples.setdefault(fault, ascii(value)[:300])

    signal.signal(signal.SIGVTALRM, _too_long)
    each()
    return found


class TooLong(BaseException):
    """An input takes too long."""


def _too_long(number: int, frame: Any) -> None:
    raise TooLong


def outcome(take: Callable[[Any], Any], value: Any) -> str | None:
    """None for an input that was taken, "" for one that was refused in words, else what has happened."""
    from keras_ean.cli import errors

    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        take(value)
    except TooLong:
        return f"hangs at {_place(sys.exc_info()[2])}"
    except MemoryError:
        return "memory"
    except Exception as error:
        if isinstance(error, errors.EXPECTED) or (isinstance(error, RuntimeError) and errors._ours(error)):
            return "" if str(error).strip() and not isinstance(error, UnicodeError) else f"no words: {type(error)}"
        return f"{type(error).__name__} at {_place(error.__traceback__)}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def _place(trace: Any) -> str:
    """The last place of the package in a traceback."""
    frames = [frame for frame in traceback.extract_tb(trace) if "/keras_ean/" in frame.filename]
    if not frames:
        return "another place"
    last = frames[-1]
    return f"{last.filename.rpartition('/keras_ean/')[2]}:{last.lineno}"


def mutated(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with bytes changed, cut, doubled or put in."""
    place = st.integers(0, max(len(content) - 1, 0))

    def change(edits: list[tuple[int, int, bytes]]) -> bytes:
        changed = bytearray(content)
        for at, what, new in edits:
            if what == 0:
                changed[at : at + len(new)] = new
            elif what == 1:
                del changed[at:]
            elif what == 2:
                changed[at:at] = new
            else:
                del changed[at : at + 8 * len(new)]
        return bytes(changed)

    edit = st.tuples(place, st.sampled_from([0, 0, 0, 0, 1, 2, 3]), st.binary(min_size=1, max_size=8))
    return st.one_of(st.lists(edit, min_size=1, max_size=6).map(change), st.binary(max_size=64))
