"""A search by a chief and two workers, of which one after the other is killed and started again."""

import os
import random
import secrets
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import tiny_run

from keras_ean.search.host.introduction import SECRET_VARIABLE
from keras_ean.search.host.launch import free_port

NAMES = ("chief", "worker_0", "worker_1")
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)


def killed_search(base: Path, folder: Path, seed: int, kills: int, whole: list[tuple]) -> dict[str, Any]:
    """Searches on a copy of a run with a supernet, while processes are killed, and says what was wrong.

    Args:
        base: the run.
        folder: for the copy.
        seed: of the kills.
        kills: at most so many.
        whole: what one process scores that is left alone.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    generator, faults, done = random.Random(seed), [], []
    address = {
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(free_port()),
        SECRET_VARIABLE: secrets.token_hex(8),
    }

    def start(name: str) -> int:
        log = folder.with_suffix(f".{name}.log")
        log.write_text("")
        return tiny_run.begin(tiny_run.command("search", folder), log, {**address, "KERASTUNER_TUNER_ID": name})

    running, end = {name: start(name) for name in NAMES}, time.monotonic() + tiny_run.LIMIT
    try:
        while (status := _status(running["chief"])) is None and time.monotonic() < end:
            time.sleep(generator.uniform(0.3, 2.5))
            name, number = generator.choice(NAMES), generator.choice(SIGNALS)
            if len(done) < kills and _status(running[name]) is None:
                os.kill(running[name], number)
                tiny_run.ended(running[name])
                done.append(f"{signal.Signals(number).name} to {name}")
                running[name] = start(name)
        if status != 0:
            faults.append(f"the chief ends with {status}: {tiny_run.last_line(folder.with_suffix('.chief.log'))}")
        for name in NAMES[1:]:
            if (left := tiny_run.ended(running.pop(name), 60)) != 0:
                faults.append(f"{name} ends with {left}: {tiny_run.last_line(folder.with_suffix(f'.{name}.log'))}")
    finally:
        for process in running.values():
            with suppress(ProcessLookupError, ChildProcessError):
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
    if not faults and tiny_run.scores(folder) != whole:
        faults.append("differs at the end: scores")
    return {"kills": done, "faults": faults}


def _status(process: int) -> int | None:
    """The exit status of a process, which stays to be asked for; None while it runs."""
    found = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
