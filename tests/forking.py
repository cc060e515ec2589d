"""Work in processes of their own, forked from this one as it was when all tests had been collected: imports are done.

The backend starts threads when it first computes, and a process that has threads cannot safely be forked. So the
process that forks is itself forked before the first test, computes nothing, and ends with this one.
"""

import os
import pickle
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

LIMIT = 600
"""Seconds after which a process is ended."""
FORKING: list[Connection] = []
"""To the process that forks."""


def begin() -> None:
    """Forks the process that forks."""
    ours, theirs = Pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX expects threads; the only one, pytest-xdist's, waits for what it is sent.
        if os.fork():
            theirs.close()
            FORKING[:] = [ours]
            return
    ours.close()
    try:
        warnings.resetwarnings()  # In other processes they are no errors.
        while True:
            theirs.send(_ended([_begun(*job) for job in theirs.recv()]))
    except (EOFError, ConnectionError):
        os._exit(0)  # The tests are over.
    finally:
        os._exit(1)


def run(work: Callable, *arguments: Any, **environment: str) -> Any:
    """What work gives that is done in a process of its own.

    Args:
        work: a function of a module that a test file imports.
        arguments: of it.
        environment: variables that are set there.

    Raises:
        AssertionError: the process has not ended well; with the end of what it said.
    """
    return run_together(work, *arguments, environments=[environment])[0]


def run_together(work: Callable, *arguments: Any, environments: Sequence[Mapping[str, str]]) -> list[Any]:
    """As `run`, in as many processes at once as there are environments."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, str(number)) for number in range(len(environments))]
        FORKING[0].send([(work, arguments, dict(one), file) for one, file in zip(environments, files, strict=True)])
        for status, file in zip(FORKING[0].recv(), files, strict=True):
            assert status == 0, f"status {status}: {file.with_suffix('.log').read_text(errors='replace')[-3000:]}"
        return [pickle.loads(file.read_bytes()) for file in files]


def _begun(work: Callable, arguments: tuple, environment: dict[str, str], file: Path) -> int:
    """Number of a process that writes to the file what work gives."""
    if child := os.fork():
        return child
    status = 1
    try:
        signal.alarm(LIMIT)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.update(environment)
        log = os.open(file.with_suffix(".log"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for output in (1, 2):
            os.dup2(log, output)
        sys.stdout, sys.stderr = (os.fdopen(output, "w", closefd=False) for output in (1, 2))  # In place of pytest's.
        file.write_bytes(pickle.dumps(work(*arguments)))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _ended(children: list[int]) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
