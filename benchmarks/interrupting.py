"""Something that happens to a process just before the n-th time that it changes a file of a run."""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")
STATEMENTS = ("INSERT", "UPDATE", "DELETE", "CREATE", "BEGIN", "COMMIT")


@dataclass(frozen=True)
class Kill:
    """How and when a process is ended.

    Args:
        number: of the signal.
        group: whether it goes to all that the process has started as well.
        operation: before which change of a file, counted from 1; 0: at a time.
        seconds: after the start.
    """

    number: int
    group: bool
    operation: int
    seconds: float

    def strike(self, process: int) -> None:
        """Sends the signal."""
        (os.killpg if self.group else os.kill)(process, self.number)

    def __str__(self) -> str:
        when = f"before change {self.operation}" if self.operation else f"after {self.seconds:.2f} s"
        return f"{signal.Signals(self.number).name} {'to the group ' if self.group else ''}{when}"


def before_change(count: int, folder: Path, act: Callable[[], Any], raises: bool = False) -> None:
    """Sees to it that `act` is called in this process before the `count`-th time that it opens a file in the folder to
    write, renames or removes one, makes a folder, or has SQLite change something. What C++ libraries write is not seen.

    Args:
        count: which change.
        folder: see above.
        act: what happens.
        raises: whether it leads to an exception, which would be lost where SQLite calls; its statements do not count.
    """
    prefix, changes = str(folder), 0

    def change() -> None:
        nonlocal changes
        changes += 1
        if changes == count:
            act()

    def statement(text: str) -> None:
        if text.lstrip().startswith(STATEMENTS):
            change()

    def audit(event: str, arguments: tuple) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if (writes or event in CHANGES) and str(arguments[0]).startswith(prefix):
            change()

    def traced(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **named)
        connection.set_trace_callback(statement)
        return connection

    connect = sqlite3.connect
    if not raises:
        sqlite3.connect = traced
    sys.addaudithook(audit)
