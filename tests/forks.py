"""Python in processes of its own that need not import the backend anew, which takes five seconds.

They are forks of a server, itself a fork of the process that runs the tests, made when that has imported what takes
long and computed nothing: no thread runs, no device is chosen, and no fixture has changed anything. A test of what
happens when Python starts has no use for them.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO

WARM = ("keras_ean.run.pipeline", "keras_tuner", "matplotlib.figure", "sklearn.datasets")
"""What is imported before; the tests themselves need it too."""
SERVER: list[socket.socket] = []


class Fork:
    """A process that does what `python *arguments` does, of `-c code`, `-m module` and a script.

    It reads nothing, and writes to those files. It is killed at the end of `with` if it has not ended by then.
    """

    def __init__(self, arguments: Sequence[str | Path], *outputs: IO, environment: Mapping[str, str] | None = None):
        self.connection, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile("w+") as task:
            json.dump([[*map(str, arguments)], os.getcwd(), dict(environment or os.environ)], task)
            task.seek(0)
            socket.send_fds(SERVER[0], [b"."], [one.fileno() for one in (theirs, task, *outputs)])
        self.pid = self._told()

    def status(self, timeout: float = 600) -> int:
        """Waits for its end: the exit status, as `subprocess` has it."""
        self.connection.settimeout(timeout)
        return self._told()

    def _told(self) -> int:
        if not (number := self.connection.recv(4)):
            raise ChildProcessError("The process that starts others has ended.")
        return int.from_bytes(number, signed=True)

    def __enter__(self) -> "Fork":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def run(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess:
    """As `subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)`."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with Fork(arguments, output, errors, environment=environment) as fork:
            status = fork.status()
        for file in (output, errors):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, status, output.read(), errors.read())


def begin() -> None:
    """Starts the server, which ends with this process."""
    for name in WARM:
        importlib.import_module(name)
    ours, theirs = socket.socketpair()
    if child := forked():
        SERVER.append(ours)
        theirs.close()
        return
    try:
        serve(theirs)
    finally:
        os._exit(child)


def forked() -> int:
    """As `os.fork`, which warns where JAX is loaded, and of pytest-xdist's thread, which only ever reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return os.fork()


def serve(connection: socket.socket) -> None:
    """Forks for each request, of these descriptors: a connection of its own, what is asked for, and two outputs."""
    os.closerange(3, connection.fileno())
    os.closerange(connection.fileno() + 1, 4096)  # Pytest waits for the end of a pipe that it reads from.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody asks how these have ended.
    gc.freeze()
    while True:
        said, descriptors, *_ = socket.recv_fds(connection, 1, 4)
        if not said:
            return
        if forked() == 0:
            connection.close()
            keep(*descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)


def keep(answer: int, task: int, *outputs: int) -> None:
    """Forks once more, tells of that process and how it ends, and ends it with the connection."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if (child := forked()) == 0:
        os.close(answer)
        with open(task) as file:
            perform(*json.load(file), outputs)
    os.write(answer, child.to_bytes(4))
    ended = os.pidfd_open(child)
    if ended not in wait([ended, answer]):
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(OSError):  # Nobody waits for it.
        os.write(answer, status.to_bytes(4, signed=True))


def perform(arguments: list[str], folder: str, environment: dict[str, str], outputs: Sequence[int]) -> None:
    """In the process: what Python does, and no return."""
    status = 1
    try:
        for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), *outputs)):
            os.dup2(descriptor, number)
            os.close(descriptor)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", 1)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        gc.enable()
        importlib.reload(warnings)  # Pytest makes them errors, and keeps them.
        status = did(*arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def did(kind: str, *rest: str) -> int:
    """Exit status of what the arguments ask for."""
    sys.path.insert(0, os.getcwd() if kind in ("-c", "-m") else str(Path(kind).parent))
    try:
        if kind == "-c":
            sys.argv = ["-c", *rest[1:]]
            exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
        elif kind == "-m":
            sys.argv = [*rest]
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = [kind, *rest]
            runpy.run_path(kind, run_name="__main__")
    except SystemExit as stopped:
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
        return stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    return 0
