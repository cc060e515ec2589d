"""Kills of a run, many in a row, until it ends: nothing that was kept is lost, and the end is that of a whole run."""

import os
import random
import re
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import tiny_run
from interrupting import Kill, before_change

from keras_ean.cli import stopping
from keras_ean.run import verifying
from keras_ean.run.manifest import Manifest

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
SECONDS, SLOW = 10.0, 5.0
"""In which a command ends that is asked to, and after which it is told where it was."""


def draw(generator: random.Random, changes: int, seconds: float) -> Kill:
    """A kill within so many changes of files, or seconds."""
    at_change = generator.random() < 0.6
    return Kill(
        generator.choice(SIGNALS),
        generator.random() < 0.5,
        generator.randint(1, changes) if at_change else 0,
        generator.uniform(0.02, seconds),
    )


def killed_run(
    folder: Path, seed: int, whole: dict[str, Any], arguments: list[str], pace: tuple[int, float], most: int
) -> dict[str, Any]:
    """A run that is killed until it ends by itself, and what was wrong.

    Args:
        folder: of the run, which is begun here.
        seed: of the kills.
        whole: the outcome of a run that was left alone.
        arguments: of `keras-ean` for the run.
        pace: changes of files, and seconds, within which a kill comes.
        most: kills; the run is left alone after them.
    """
    generator, faults, kills, slowest = random.Random(seed), [], [], 0.0
    stages: Counter[str] = Counter()
    slow: dict[str, str] = {}
    log = folder.with_suffix(".log")
    while True:
        kill = draw(generator, *pace) if len(kills) < most else None
        before = kept(folder)
        log.write_text("")
        started = struck(folder, kill, arguments, log)
        status, seconds, landed = started
        slowest = max(slowest, seconds)
        if seconds > SLOW:
            slow[str(kill)] = log.with_suffix(".stack").read_text() if log.with_suffix(".stack").exists() else ""
        if kill and landed:
            kills.append(str(kill))
            stages[stage(folder)] += 1
        faults += [f"{kill}: {fault}" for fault in wrong(status, kill, landed, log, seconds)]
        faults += [f"{kill}: lost {name}" for name in sorted(before - kept(folder))]
        faults += [f"{kill}: {name} {fault}" for name, fault in damaged(folder)]
        if status == 0 or faults:
            break
    if not faults:
        faults = [f"differs at the end: {name}" for name in tiny_run.differences(whole, tiny_run.outcome(folder))]
    return {"kills": kills, "faults": faults, "slowest": round(slowest, 1), "stages": stages, "slow": slow}


def stage(folder: Path) -> str:
    """What a run is at, by what it has finished."""
    for name, made in (
        ("report", "exports/networks.json"),
        ("export or report", "verdict.json"),
        ("fold", "networks/found-0/metrics.json"),
        ("train", "scheme.json"),
        ("search", "supernet.keras"),
        ("pre-train", "config.yaml"),
    ):
        if (folder / made).is_file():
            return name
    return "begin"


def struck(folder: Path, kill: Kill | None, arguments: list[str], log: Path) -> tuple[int | None, float, bool]:
    """Runs the command and kills it: its exit status, seconds from the signal to the end, and whether it came to it."""
    mark, stack = log.with_suffix(".struck"), log.with_suffix(".stack")
    mark.unlink(missing_ok=True)
    stack.unlink(missing_ok=True)

    def now() -> None:
        mark.write_text(str(time.time()))
        assert kill is not None
        kill.strike(os.getpid())

    def hook() -> None:
        tell_where(stack)
        if kill and kill.operation:
            before_change(kill.operation, folder, now, raises=kill.number != signal.SIGKILL)

    process = tiny_run.begin(tiny_run.command(*arguments, before=hook), log)
    if kill and not kill.operation:
        handle = os.pidfd_open(process)
        try:
            ended = tiny_run.wait([handle], kill.seconds)
        finally:
            os.close(handle)
        if not ended:
            mark.write_text(str(time.time()))
            kill.strike(process)
    status = tiny_run.ended(process)
    landed = mark.exists()
    seconds = time.time() - float(mark.read_text()) if landed else 0.0
    return status, seconds if status is not None else tiny_run.LIMIT, landed


def tell_where(file: Path) -> None:
    """Writes down where this process is when a signal reaches it."""
    stop = stopping._stop

    def told(number: int, frame: Any) -> None:
        file.write_text("".join(traceback.format_stack(frame)[-8:]))
        stop(number, frame)

    stopping._stop = told


def wrong(status: int | None, kill: Kill | None, landed: bool, log: Path, seconds: float) -> Iterator[str]:
    """What is wrong with the way a command has ended."""
    said = log.read_text(errors="replace")
    if status is None:
        yield "hangs"
    if "Traceback" in said or "nobody has foreseen" in said:
        yield f"traceback: {tiny_run.last_line(log)}"
    if re.search(r"moved to \S*\.damaged-", said):
        yield "what it wrote itself was taken for damaged"
    allowed = {0}
    if kill and landed:
        allowed = {-kill.number} if kill.number == signal.SIGKILL else {0, 128 + kill.number}
        if not kill.operation:
            allowed.add(0)  # By the clock, it may have ended in the same instant.
        if not said and kill.number != signal.SIGKILL:
            allowed.add(-kill.number)  # Before the command has begun to listen.
        if status == 128 + kill.number and not tiny_run.last_line(log).startswith("Stopped"):
            yield f"does not say that it was stopped: {tiny_run.last_line(log)!r}"
        if seconds > SECONDS and kill.number != signal.SIGKILL:
            yield f"takes {seconds:.0f} s to stop"
    if status is not None and status not in allowed:
        yield f"ends with status {status}: {tiny_run.last_line(log)!r}"


def kept(folder: Path) -> set[str]:
    """What a run has finished, and must not lose: its results by name, and its scores."""
    if not (folder / "config.yaml").is_file():
        return set()
    manifest = Manifest(folder, lambda line: None, writes=False)
    results = {name for name in manifest.entries if manifest.fault(folder / name) is None}
    return results | {f"the score of {trial}" for trial, *_ in tiny_run.scores(folder)}


def damaged(folder: Path) -> Iterator[tuple[str, str]]:
    """What a kill has left that is neither whole nor missing."""
    with suppress(FileNotFoundError):
        for one in verifying.verify(folder):
            if one.fault is not None and "missing" not in one.fault:
                yield one.name, one.fault
