"""Searches in processes of their own, killed at will. Run as a script; prints what came out as JSON.

The imports are made once, and every process is a fork of this one.
"""

import hashlib
import json
import math
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_ean.search.oracles import ReinforceOracle
from keras_ean.search.store import Store
from keras_ean.search.tuner import SchemeTuner

STAGES = (3, 4, 3)
EFFECTS = np.random.default_rng(0).normal(size=10)


class Slow:
    """Main effects, after a while; notes every scheme it is asked for."""

    def __init__(self, folder: Path, seconds: float = 0.0):
        self.log, self.seconds = folder / "asked.txt", seconds

    def score(self, schemes, share=1.0):
        time.sleep(self.seconds)
        with self.log.open("a") as file:
            file.writelines(f"{scheme}\n" for scheme in schemes)
        return [{"accuracy": float(EFFECTS @ scheme.bits)} for scheme in schemes]


def search(folder: Path, seconds: float = 0.0, before: Callable[[SchemeTuner], None] = lambda tuner: None) -> None:
    oracle = ReinforceOracle(STAGES, max_steps=25, samples_per_step=3, seed=0, lease=1.0)
    tuner = SchemeTuner(None, oracle, evaluator=Slow(folder, seconds), directory=folder)
    before(tuner)
    tuner.search(verbose=0)


def fork(run: Callable[[], None], **environment: str) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.environ.update(environment)
        run()
        os._exit(0)
    finally:
        os._exit(1)


def finished(child: int) -> bool:
    return os.waitpid(child, os.WNOHANG) != (0, 0)


def outcome(folder: Path) -> dict:
    """All that must be the same, and how often schemes were scored."""
    store = Store(folder / "search/search.sqlite")
    evaluations = [(e.text, e.reward, e.step, e.trial) for e in sorted(store.evaluations(), key=lambda e: e.text)]
    by_scheme = [(text, reward, step) for text, reward, step, _ in evaluations]
    parts = {"evaluations": by_scheme, "steps": store.steps(), "progress": store.text("progress")}
    asked = (folder / "asked.txt").read_text().splitlines()
    return {
        **{name: hashlib.sha256(json.dumps(part).encode()).hexdigest() for name, part in parts.items()},
        "schemes": len(evaluations),
        "asked": len(asked),
    }


def kill_after(statements: int) -> Callable[[SchemeTuner], None]:
    """Dies before the n-th SQL statement: anywhere between and inside transactions."""
    left = [statements]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda tuner: tuner.oracle.store.connection.set_trace_callback(count)


def killed_at_statements(folder: Path) -> int:
    draw, kills = random.Random(0), 0
    while True:
        statements = draw.randint(1, 120)
        child = fork(lambda statements=statements: search(folder, before=kill_after(statements)))
        _, status = os.waitpid(child, 0)
        if status == 0:
            return kills
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        kills += 1


def killed_at_times(folder: Path) -> int:
    """Killed twelve times at any instant after it has got on: no machine is too fast or too slow for that."""
    draw, kills, log = random.Random(0), 0, folder / "asked.txt"
    while True:
        scored, end = size(log), math.inf
        child = fork(lambda: search(folder, seconds=0.02))
        while time.monotonic() < end:
            if finished(child):
                return kills
            if kills < 12 and end == math.inf and size(log) > scored:
                end = time.monotonic() + draw.uniform(0.0, 0.1)
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        kills += 1


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def distributed(folder: Path, kill: str | None = None) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": port}

    def start(name: str) -> int:
        # The first worker dies holding a trial, for it takes longer than the test.
        seconds = 60.0 if name == "worker0" and kill == "worker" else 0.02
        return fork(lambda: search(folder, seconds), KERASTUNER_TUNER_ID=name, **address)

    processes = {name: start(name) for name in ("chief", "worker0", "worker1")}
    if kill:
        log = folder / "asked.txt"
        while not log.exists() or len(log.read_text().splitlines()) < 5:
            time.sleep(0.01)
        name = "chief" if kill == "chief" else "worker0"
        os.kill(processes[name], signal.SIGKILL)
        os.waitpid(processes.pop(name), 0)
        if kill == "chief":
            processes["chief"] = start("chief")
    end = time.monotonic() + 60
    while not finished(processes["chief"]):
        if time.monotonic() > end:
            for child in processes.values():
                os.kill(child, signal.SIGKILL)
            raise TimeoutError("The distributed search did not end.")
        time.sleep(0.02)
    for name, child in processes.items():
        if name != "chief":
            os.waitpid(child, 0)
    return 1 if kill else 0


SCENARIOS: dict[str, Callable[[Path], int | None]] = {
    "whole": search,
    "statements": killed_at_statements,
    "times": killed_at_times,
    "workers": distributed,
    "worker killed": lambda folder: distributed(folder, "worker"),
    "chief killed": lambda folder: distributed(folder, "chief"),
}

if __name__ == "__main__":
    root, results = Path(sys.argv[1]), {}
    for scenario in sys.argv[2:]:
        folder = root / scenario.replace(" ", "-")
        folder.mkdir()
        started = time.monotonic()
        kills = SCENARIOS[scenario](folder) or 0
        results[scenario] = {**outcome(folder), "kills": kills, "seconds": time.monotonic() - started}
    print(json.dumps(results))
