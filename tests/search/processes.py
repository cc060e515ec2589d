"""Searches in processes of their own, killed at will. Run as a script; prints what came out as JSON.

The imports are made once, and every process is a fork of this one. Nothing here depends on how fast the machine is:
a process is killed, or waited for, when it has got to a certain point, and leases end only where a worker is dead.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.host.launch import free_port
from keras_ean.search.host.oracles import ReinforceOracle
from keras_ean.search.host.store import Store
from keras_ean.search.host.tuner import SchemeTuner
from keras_ean.search.outcome.conclusion import conclude
from keras_ean.search.state import pack

STAGES, STEPS = (3, 4, 3), 15
EFFECTS = np.random.default_rng(0).normal(size=10)
FOREVER = 3600.0


class Slow(Evaluator):
    """Main effects and a little noise, after a while; notes every scheme it is asked for.

    Args:
        folder: of the notes: `asked.txt`, and an empty file `begun-<process>` when it is asked for the first time.
        seconds: taken by each pass.
        die_after: seconds from the end of the first pass to the death of the process; None to live.
    """

    noisy = True
    schemes_per_pass = 3

    def __init__(self, folder: Path, seconds: float = 0.0, die_after: float | None = None):
        self.log, self.seconds, self.die_after = folder / "asked.txt", seconds, die_after

    def score(self, schemes, share=1.0, repeat=0):
        begun(self.log.parent, os.getpid()).touch()
        time.sleep(self.seconds)
        with self.log.open("a") as file:
            file.writelines(f"{scheme} {repeat}\n" for scheme in schemes)
        if self.die_after is not None:
            # The kernel ends the process, whatever it is doing then; Python has no say in it.
            signal.setitimer(signal.ITIMER_REAL, self.die_after)
            self.die_after = None
        noise = [np.random.default_rng([repeat, *scheme.bits]).normal() for scheme in schemes]
        return [{"accuracy": float(EFFECTS @ s.bits + 0.1 * n)} for s, n in zip(schemes, noise, strict=True)]


def begun(folder: Path, process: int) -> Path:
    return folder / f"begun-{process}"


def search(
    folder: Path,
    seconds: float = 0.0,
    before: Callable[[SchemeTuner], None] = lambda tuner: None,
    lease: float = FOREVER,
    die_after: float | None = None,
) -> None:
    oracle = ReinforceOracle(STAGES, max_steps=STEPS, samples_per_step=3, seed=0, lease=lease, compare_random=True)
    tuner = SchemeTuner(None, oracle, evaluator=Slow(folder, seconds, die_after), directory=folder)
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
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def died_of(child: int, expected: signal.Signals) -> bool:
    """Waits for the process: whether that signal has ended it; otherwise it has come to its end without an error."""
    _, status = os.waitpid(child, 0)
    assert status in (0, expected), status
    return status == expected


def outcome(folder: Path) -> dict:
    """All that must be the same, and how often schemes were scored."""
    store = Store(folder / "search/search.sqlite")
    every = sorted([*store.evaluations(), *store.repeats()], key=lambda e: (e.repeat, e.scheme.bits))
    parts = {
        "evaluations": [(str(e.scheme), e.repeat, e.reward, e.step, e.origin) for e in every],
        "conclusion": str(conclude(store.evaluations(), repeats=store.repeats())),
        "steps": store.steps(),
        "phases": pack(store.value("phases")),
    }
    asked = (folder / "asked.txt").read_text().splitlines()
    return {
        **{name: hashlib.sha256(json.dumps(part).encode()).hexdigest() for name, part in parts.items()},
        "scores": len(every),
        "asked": len(asked),
    }


def kill_after(statements: int) -> Callable[[SchemeTuner], None]:
    """Dies before the n-th SQL statement: anywhere between and inside transactions."""
    left = [statements]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda tuner: tuner.ledger.store.connection.set_trace_callback(count)


def killed_at_statements(folder: Path) -> int:
    draw, kills = random.Random(0), 0
    while True:
        statements = draw.randint(1, 120)
        child = fork(lambda statements=statements: search(folder, before=kill_after(statements)))
        if not died_of(child, signal.SIGKILL):
            return kills
        kills += 1


def killed_at_times(folder: Path) -> int:
    """Killed twelve times at any instant after it has got on: a pass takes 20 ms at least, and 25 of them follow."""
    draw, kills = random.Random(0), 0
    while True:
        after = draw.uniform(0.001, 0.05) if kills < 12 else None
        child = fork(lambda after=after: search(folder, seconds=0.02, die_after=after))
        if not died_of(child, signal.SIGALRM):
            return kills
        kills += 1


def distributed(folder: Path, kill: str | None = None) -> int:
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(free_port())}
    lease = 1.0 if kill == "worker" else FOREVER

    def start(name: str, seconds: float = 0.02, **options) -> int:
        return fork(lambda: search(folder, seconds, lease=lease, **options), KERASTUNER_TUNER_ID=name, **address)

    if kill == "chief":
        # That is before a third of the trials.
        dead = start("chief", before=kill_after(200))
        workers = [start(f"worker{number}") for number in range(2)]
        assert died_of(dead, signal.SIGKILL)
        chief = start("chief")
    elif kill == "worker":
        chief = start("chief")
        # It holds a trial for ever, without which the first step cannot end.
        dead = start("worker0", seconds=FOREVER)
        wait(begun(folder, dead))
        workers = [start("worker1")]
        wait(folder / "asked.txt")
        os.kill(dead, signal.SIGKILL)
        assert died_of(dead, signal.SIGKILL)
    else:
        chief = start("chief")
        workers = [start(f"worker{number}") for number in range(2)]
    assert not died_of(chief, signal.SIGKILL)
    for worker in workers:
        # The others hear of the end: not one that came too late to begin, nor, after so short a lease, a slow one.
        if kill == "worker" or not begun(folder, worker).exists():
            os.kill(worker, signal.SIGKILL)
        died_of(worker, signal.SIGKILL)
    return 1 if kill else 0


def wait(file: Path) -> None:
    while not file.exists():
        time.sleep(0.01)


SCENARIOS: dict[str, Callable[[Path], int | None]] = {
    "whole": search,
    "statements": killed_at_statements,
    "times": killed_at_times,
    "workers": distributed,
    "worker killed": lambda folder: distributed(folder, "worker"),
    "chief killed": lambda folder: distributed(folder, "chief"),
}


def found(scenario: str, folder: Path) -> None:
    folder.mkdir()
    kills = SCENARIOS[scenario](folder) or 0
    (folder / "found.json").write_text(json.dumps({**outcome(folder), "kills": kills}))


if __name__ == "__main__":
    folders = {scenario: Path(sys.argv[1]) / scenario.replace(" ", "-") for scenario in sys.argv[2:]}
    # At the same time, since most of it is waiting.
    for process in [fork(lambda one=one: found(*one)) for one in folders.items()]:
        assert not died_of(process, signal.SIGKILL)
    print(json.dumps({name: json.loads((folder / "found.json").read_text()) for name, folder in folders.items()}))
