"""Every file of a run, damaged in every way: the run puts it right and ends as it was, or says so in one line."""

import os
import random
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tiny_run

WAYS = ("empty", "half", "one bit", "foreign", "deleted", "pipe", "folder", "link to itself")
NO_FILES: dict[str, Callable[[Path], Any]] = {
    "pipe": os.mkfifo,
    "folder": lambda path: (path / "inside").mkdir(parents=True),
    "link to itself": lambda path: path.symlink_to(path.name),
}
"""What may be in the place of a file; who reads a pipe waits for ever."""
READERS = (("verify",), ("watch", "--once"), ("pareto",))
"""Commands that only look at a run, tried before it goes on."""
SECONDS = 100.0
"""After which a command hangs."""
FINISHED = (
    "config.yaml",
    "versions.json",
    "manifest.json",
    "supernet.keras",
    "scheme.json",
    "search/search.sqlite",
    "images.json",
    "images.npy",
    "networks/found-0/model.keras",
    "networks/plain-0/model.keras",
    "networks/plain-0/metrics.json",
    "networks/plain-0/answers.npy",
    "networks/plain-0/classes.npy",
    "networks/shared_folded-0/model.keras",
    "networks/shared_folded-0/metrics.json",
    "verdict.json",
    "exports/networks.json",
    "exports/saved_model/saved_model.pb",
    "exports/saved_model/receipt.json",
    "exports/saved_model/variables/variables.index",
    "report/report.json",
    "report/report.md",
)
SEARCHING = ("search/search.sqlite", "search/search.sqlite-wal", "supernet.keras", "config.yaml", "manifest.json")
TRAINING = ("checkpoints/*/*.npz", "config.yaml", "manifest.json")


def damage(path: Path, way: str, other: Path) -> None:
    """Damages a file.

    Args:
        path: the file.
        way: one of `WAYS`.
        other: the same file of another run.
    """
    content = path.read_bytes()
    if way == "deleted":
        path.unlink()
    elif way == "foreign":
        shutil.copy(other, path)
    elif way in NO_FILES:
        path.unlink()
        NO_FILES[way](path)
    elif way == "one bit":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :])
    else:
        path.write_bytes(content[: len(content) // 2] if way == "half" else b"")


def damaged_run(base: Path, pattern: str, way: str, other: Path, whole: dict[str, Any], folder: Path) -> dict[str, str]:
    """A copy of a run with a file that is damaged, and what becomes of it.

    Returns:
        "end": "healed", "told" (refused by name, with nothing lost), or what is wrong; "said" about it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    path = next(iter(sorted(folder.glob(pattern))))
    name = path.relative_to(folder).as_posix()
    damage(path, way, next(iter(sorted(other.glob(pattern)))))
    if path.is_file() and path.read_bytes() == (base / name).read_bytes():
        return {"end": "the same", "said": ""}
    before = {each: each.read_bytes() for each in folder.rglob("*.keras") if each != path}
    log = folder.with_suffix(".log")
    for reader in READERS:
        log.write_text("")
        status = tiny_run.ended(tiny_run.begin(tiny_run.command(*reader, folder), log), SECONDS)
        if fault := _fault(status, log):
            return {"end": f"{reader[0]}: {fault}", "said": tiny_run.last_line(log)}
    log.write_text("")
    status = tiny_run.ended(tiny_run.begin(tiny_run.command("run", "--out", folder), log), SECONDS)
    said = log.read_text(errors="replace")
    lines = [line for line in said.splitlines() if Path(name).name in line and ("damaged" in line or "missing" in line)]
    if fault := _fault(status, log):
        return {"end": fault, "said": tiny_run.last_line(log)}
    if status == 2:
        lost = [str(each) for each, content in before.items() if not each.is_file() or each.read_bytes() != content]
        last = tiny_run.last_line(log)
        return {"end": f"lost {lost}" if lost else "told", "said": last}
    if status != 0:
        return {"end": f"status {status}", "said": tiny_run.last_line(log)}
    wrong = tiny_run.differences(whole, tiny_run.outcome(folder))
    return {"end": f"silent: {', '.join(wrong)}" if wrong else "healed", "said": lines[0].strip() if lines else ""}


def _fault(status: int | None, log: Path) -> str | None:
    """What is wrong with a command that has ended, whatever it said: it ought to say it in words."""
    if status is None:
        return "hangs"
    said = log.read_text(errors="replace")
    return "traceback" if "Traceback" in said or "nobody has foreseen" in said or status < 0 else None


def flipped(read: Callable[[], Any], noticed: Callable[[], bool], path: Path, places: list[tuple[int, int]]) -> dict:
    """Flips single bits of a file, one at a time.

    Args:
        read: what the file says; an error is one way to notice.
        noticed: whether a run would take the file for damaged.
        places: (byte, bit) of each.

    Returns:
        Numbers of flips that were tried, noticed, without effect, and silent: other values without a word.
    """
    content, truth = path.read_bytes(), read()
    counts = {"tried": len(places), "noticed": 0, "without effect": 0, "silent": 0}
    for byte, bit in places:
        changed = bytearray(content)
        changed[byte % len(content)] ^= 1 << bit
        path.write_bytes(changed)
        if noticed():
            counts["noticed"] += 1
            continue
        try:
            same = read() == truth
        except (ValueError, OSError, sqlite3.DatabaseError, zipfile.BadZipFile):
            same = True
        counts["without effect" if same else "silent"] += 1
    path.write_bytes(content)
    return counts


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:200]


def flips(folder: Path, name: str, count: int, seed: int) -> dict[str, Any]:
    """Flips so many bits of a file of a run, each alone; see `flipped`."""
    from keras_ean import files
    from keras_ean.run import manifest
    from keras_ean.run.yaml_text import read_yaml
    from keras_ean.search.host.seals import check
    from keras_ean.search.host.store import Store

    path, generator = folder / name, random.Random(seed)
    if path.suffix == ".sqlite":
        Store(path).close()  # Nothing is left beside the file then, which would count in place of what it holds.
    places = [(generator.randrange(path.stat().st_size), generator.randrange(8)) for _ in range(count)]

    def noticed() -> bool:
        files._digest.cache_clear()  # Some flips are of the same instant.
        known = manifest.Manifest(folder, lambda line: None, writes=False)
        return (check(path) if path.suffix == ".sqlite" else known.fault(path)) is not None

    def read() -> Any:
        if path.suffix == ".sqlite":
            return tiny_run.scores(folder)
        return read_yaml(path.read_text())

    return flipped(read, noticed, path, places)
