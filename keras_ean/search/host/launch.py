"""A chief and workers on this machine, each a process of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from keras_ean.children import watched
from keras_ean.search.host.introduction import SECRET_VARIABLE

POLL_SECONDS = 0.2
MAIN = "from keras_ean.cli import main; main()"


def launch(
    arguments: Sequence[str], workers: int, logs: Path, on_poll: Callable[[], None] = lambda: None, main: str = MAIN
) -> None:
    """Runs one command as a chief and as so many workers, until the chief has ended.

    Args:
        arguments: The arguments of `keras-ean`, equal for all; the roles are in Keras Tuner's environment variables.
        workers: Processes that score schemes.
        logs: The folder that gets a log of each process.
        on_poll: Called about five times a second.
        main: Python code of each process.

    Raises:
        ValueError: There is less than one worker.
        ChildProcessError: The chief has failed, or every worker has; the message ends with the log's last lines.
    """
    if workers < 1:
        raise ValueError(f"A distributed search needs one worker or more, not {workers!r}.")
    logs.mkdir(parents=True, exist_ok=True)
    address = {
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(free_port()),
        SECRET_VARIABLE: secrets.token_hex(16),  # Others on this machine reach the port too.
    }
    processes: dict[str, subprocess.Popen] = {}
    try:
        for name in ("chief", *(f"worker_{number}" for number in range(workers))):
            with (logs / f"{name}.log").open("w") as log:
                processes[name] = subprocess.Popen(
                    [sys.executable, "-c", watched(main), *arguments],
                    env={**os.environ, **address, "KERASTUNER_TUNER_ID": name},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
        chief, *others = processes.values()
        while chief.poll() is None:
            if all(other.poll() not in (None, 0) for other in others):
                raise ChildProcessError(_failure("worker_0", logs))
            on_poll()
            time.sleep(POLL_SECONDS)
        if chief.returncode:
            raise ChildProcessError(_failure("chief", logs))
    finally:
        for process in processes.values():
            # A worker that came late would look for a chief that is gone.
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _failure(name: str, logs: Path) -> str:
    file = logs / f"{name}.log"
    return f"The {name.split('_')[0]} of the search has failed ({file}):\n" + "\n".join(
        file.read_text(errors="replace").splitlines()[-15:]
    )
