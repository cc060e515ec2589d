"""A run whose disk is too small at first: it says so in one line, and goes on when there is room."""

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import tiny_run


def sizes(whole: Path, count: int) -> list[int]:
    """Kilobytes of disks, from one on which almost nothing fits to almost enough for a run."""
    used = sum(path.stat().st_blocks * 512 for path in whole.rglob("*")) // 1024
    return [int(size) for size in np.geomspace(12, used, count)]


def run_on(size: int, place: Path, whole: dict[str, Any], arguments: Callable[[Path], Sequence[str]]) -> dict[str, Any]:
    """What is wrong with a run on a disk of so many kilobytes, which is enlarged when it is full.

    Args:
        place: where the disk is mounted.
        whole: the outcome of a run with room enough.
        arguments: of `keras-ean`, for a folder.
    """
    place.mkdir(exist_ok=True)
    with suppress(subprocess.CalledProcessError):
        subprocess.run(["umount", place], check=True, capture_output=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", place], check=True)
    log, folder, faults = place.with_suffix(".log"), place / "run", []
    try:
        log.write_text("")
        status = tiny_run.ended(tiny_run.begin(tiny_run.command(*arguments(folder)), log))
        said, last = log.read_text(errors="replace"), tiny_run.last_line(log)
        if "Traceback" in said or "nobody has foreseen" in said:
            faults.append(f"traceback: {last}")
        if status != 2 or "is full: make room" not in last:
            faults.append(f"status {status}: {last}")
        subprocess.run(["mount", "-o", "remount,size=256m", place], check=True)
        log.write_text("")
        status = tiny_run.ended(tiny_run.begin(tiny_run.command(*arguments(folder)), log))
        if status != 0:
            faults.append(f"does not go on: {tiny_run.last_line(log)}")
        else:
            wrong = tiny_run.differences(whole, tiny_run.outcome(folder))
            faults += [f"differs at the end: {name}" for name in wrong]
        if moved := [os.fspath(path) for path in folder.rglob("*.damaged-*")]:
            faults.append(f"taken for damaged: {moved}")
    finally:
        subprocess.run(["umount", place], check=False)
    return {"size": size, "said": last, "faults": faults}
