"""Is anything of a run lost, or silently wrong, whatever happens to it? Kills, damaged files, full disks, wrong inputs.

    python benchmarks/chaos.py [--parts kills workers damages flips disk fuzz] [--amount 1] [--seed 0] [--table]

On the backend of KERAS_BACKEND. All runs are one that takes seconds (tiny_run.py), whose commands are processes forked
from this one, which has imported everything. What is known is kept in runs/chaos, by case, and cases are drawn by the
seed, so that the same command goes on where it was stopped. `--table` prints what is known as it stands in chaos.md.

Kills (kills.py): a run is killed again and again until it ends, by SIGKILL, SIGTERM and SIGINT, to the process or its
group, just before a change of a file (interrupting.py) or at some time. After each kill everything that was whole is
there and whole; the end is, bit for bit, that of a run that was left alone. Workers: the same for a search by a chief
and two workers. Damages (damages.py): each file is emptied, halved, deleted, loses a bit, or is another run's. Disk
(full_disk.py): the run has a disk of its own, too small at first, and later large enough; this needs Linux and
`unshare`. Fuzz (fuzzing.py): inputs are drawn, and each is taken or refused in words within seconds.
"""

import argparse
import dataclasses
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tiny_run

HOME = tiny_run.ROOT / "runs" / "chaos"
PARTS = ("kills", "workers", "damages", "flips", "disk", "fuzz")
CHAINS, KILLS, WORKERS, INPUTS, CHUNK = 16, 40, 8, 4000, 500
"""Runs that are killed, kills of each at most, searches by workers, inputs of each kind, and of them at once."""


class Record:
    """What became of cases, a line each; a case that is known is not tried again."""

    def __init__(self, file: Path):
        self.file, self.known = file, {}
        if file.is_file():
            for line in file.read_text().splitlines():
                entry = json.loads(line)
                self.known[entry["case"]] = entry

    def once(self, case: str, find: Callable[[], dict[str, Any]]) -> None:
        if case in self.known:
            return
        start = time.monotonic()
        entry = {"case": case, **find()}
        self.known[case] = entry
        with self.file.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        print(
            f"{time.monotonic() - start:5.0f} s  {case}: {entry.get('faults') or entry.get('end') or 'well'}",
            flush=True,
        )


def answered(work: Callable[[], Any], folder: Path) -> Any:
    """What work gives that is done in a process of its own, JSON values; or how the process ended."""
    result, log = folder / "answer.json", folder / "answer.log"
    result.unlink(missing_ok=True)
    status = tiny_run.ended(tiny_run.begin(lambda: result.write_text(json.dumps(work())), log), 3600)
    if status != 0:
        return {"faults": [f"ends with {status}: {tiny_run.last_line(log)}"]}
    return json.loads(result.read_text())


class Chaos:
    """The parts, all on the same finished runs.

    Args:
        home: where everything is kept.
        backend: its name.
        seed: of all that is drawn.
        amount: times the usual number of cases.
    """

    def __init__(self, home: Path, backend: str, seed: int, amount: float):
        self.home, self.backend, self.seed, self.amount = home, backend, seed, amount
        home.mkdir(parents=True, exist_ok=True)
        self.record = Record(home.parent / f"{home.name}.jsonl")
        self.formats = "[saved_model]" if backend == "tensorflow" else "[]"

    def finished(self, name: str, *overrides: str) -> Path:
        """A whole run, made once."""
        self.expect(*self.arguments(self.home / name, *overrides))
        return self.home / name

    def expect(self, *arguments: str) -> None:
        """RuntimeError if a command does not end well."""
        log = self.home / "expected.log"
        if tiny_run.ended(tiny_run.begin(tiny_run.command(*arguments), log), 3600) != 0:
            raise RuntimeError(f"What the others are compared with does not end well: {log}")

    def stopped(self, name: str, pattern: str, *overrides: str) -> Path:
        """A run that was killed as soon as there were files of a pattern, made once."""
        folder = self.home / name
        if not folder.is_dir():
            command = self.arguments(folder, *overrides)
            process = tiny_run.begin(tiny_run.command(*command), self.home / f"{name}.log")
            while not list(folder.glob(pattern)):
                os.kill(process, 0)
                time.sleep(0.01)
            os.kill(process, 9)
            tiny_run.ended(process)
        return folder

    def arguments(self, folder: Path, *overrides: str) -> list[str]:
        """Of `keras-ean`, for a tiny run."""
        options = tiny_run.options(*overrides, formats=self.formats)
        return ["run", "digits", "--out", str(folder), "--no-timing", *options]

    def some(self, usual: int) -> int:
        """As many as the amount says, and one at least."""
        return max(1, round(usual * self.amount))

    def kills(self) -> None:
        from kills import killed_run

        whole = tiny_run.outcome(self.finished("whole"))
        for number in range(self.some(CHAINS)):
            folder = self.home / f"killed-{number}"

            def find(folder: Path = folder, number: int = number) -> dict[str, Any]:
                shutil.rmtree(folder, ignore_errors=True)
                pace = [(25, 1.0), (40, 1.5), (60, 2.0), (150, 4.0)][number % 4]
                most = min(KILLS, self.some(CHAINS * KILLS))
                found = killed_run(folder, self.seed * 1000 + number, whole, self.arguments(folder), pace, most)
                if not found["faults"]:
                    shutil.rmtree(folder)
                return found

            self.record.once(f"kills/{self.backend}/{self.seed}/{number}", find)

    def damages(self) -> None:
        import damages

        base, other = self.finished("whole"), self.finished("other", "seed=1")
        whole = tiny_run.outcome(base)
        wal, checkpoint = "search/search.sqlite-wal", "checkpoints/plain-0/*.npz"
        searching, training = self.stopped("searching", wal), self.stopped("training", checkpoint)
        stages = (
            ("finished", base, other, damages.FINISHED),
            ("searching", searching, self.stopped("searching-other", wal, "seed=1"), damages.SEARCHING),
            ("training", training, self.stopped("training-other", checkpoint, "seed=1"), damages.TRAINING),
        )
        cells = [
            (stage, folder, foreign, name, way)
            for stage, folder, foreign, names in stages
            for name in names
            for way in damages.WAYS
            if list(folder.glob(name))
        ]
        random.Random(self.seed).shuffle(cells)  # Any beginning is a fair sample.
        for stage, folder, foreign, name, way in cells:
            self.record.once(
                f"damages/{self.backend}/{stage}/{name}/{way}",
                lambda a=folder, b=name, c=way, d=foreign: damages.damaged_run(
                    a, b, c, d, whole, self.home / "damaged"
                ),
            )

    def flips(self) -> None:
        import damages

        base, copy = self.finished("whole"), self.home / "flipped"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(base, copy)
        for name in ("search/search.sqlite", "networks/plain-0/metrics.json", "scheme.json", "config.yaml"):
            self.record.once(
                f"flips/{self.backend}/{self.seed}/{name}",
                lambda name=name: damages.flips(copy, name, self.some(300), self.seed),
            )

    def disk(self) -> None:
        import full_disk

        whole = tiny_run.outcome(self.finished("whole"))
        for place, size in enumerate(full_disk.sizes(self.home / "whole", 20)):
            self.record.once(
                f"disk/{self.backend}/{place}",
                lambda size=size: full_disk.run_on(size, self.home / "disk", whole, self.arguments),
            )

    def fuzz(self) -> None:
        import fuzzed_files  # noqa: F401
        import fuzzed_words  # noqa: F401
        from fuzzing import KINDS, fuzz

        count = min(CHUNK, self.some(INPUTS))
        for number in range(self.some(INPUTS) // count):
            for name in KINDS:
                folder = self.home / "inputs" / name.strip("-").replace(" ", "_")

                def find(name: str = name, folder: Path = folder, number: int = number) -> dict[str, Any]:
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir(parents=True)
                    seed = self.seed * 1000 + number
                    return answered(lambda: dataclasses.asdict(fuzz(name, count, seed, folder)), folder)

                self.record.once(f"fuzz/{name}/{self.seed}/{number}", find)

    def workers(self) -> None:
        from killed_workers import killed_search

        options = ("search={calibrate: 32, options: {max_steps: 8, samples_per_step: 2, lease: 2}}",)
        base = self.home / "pretrained"
        arguments = [*self.arguments(base)[1:], *("--set", *options)]
        self.expect("pretrain", *(each for each in arguments if each != "--no-timing"))
        alone = self.home / "alone"
        if not alone.is_dir():
            shutil.copytree(base, alone)
        self.expect("search", str(alone))
        whole = tiny_run.scores(alone)
        for number in range(self.some(WORKERS)):
            folder = self.home / f"workers-{number}"
            self.record.once(
                f"workers/{self.backend}/{self.seed}/{number}",
                lambda folder=folder, number=number: killed_search(base, folder, self.seed + number, 5, whole),
            )


def table(known: dict[str, dict]) -> str:
    """What is known, in Markdown."""
    lines = ["| part | tried | put right, or told | lost | wrong |", "|---|--:|--:|--:|--:|"]
    groups: dict[str, list[dict]] = {}
    for case, entry in known.items():
        part, kind, *_ = case.split("/")
        groups.setdefault(f"{part}, {kind}", []).append(entry)
    for name, entries in sorted(groups.items()):
        tried, lost, wrong = map(sum, zip(*map(counted, entries), strict=True))
        lines.append(f"| {name} | {tried:,} | {tried - lost - wrong:,} | {lost:,} | {wrong:,} |")
    return "\n".join(lines)


def counted(entry: dict[str, Any]) -> tuple[int, int, int]:
    """How much was tried in a case, what of it lost something, and what went wrong otherwise."""
    if "end" in entry:
        return 1, int("lost" in entry["end"]), int(entry["end"] not in ("healed", "told", "the same"))
    if "silent" in entry:
        return entry["tried"], 0, entry["silent"]
    faults = entry["faults"]
    if isinstance(faults, dict):
        return entry["tried"], 0, sum(faults.values())
    lost = sum("lost" in fault for fault in faults)
    return max(1, len(entry.get("kills", ()))), lost, len(faults) - lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--amount", type=float, default=1, help="times the usual number of cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path, default=HOME, help="where everything is kept")
    parser.add_argument("--table", action="store_true", help="only print what is known")
    chosen = parser.parse_args()
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if (
        "disk" in chosen.parts
        and not chosen.table
        and os.environ.get("CHAOS_OWN_DISKS") is None
        and shutil.which("unshare")
    ):
        os.environ["CHAOS_OWN_DISKS"] = "1"
        os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv])
    chaos = Chaos(chosen.home / backend, backend, chosen.seed, chosen.amount)
    if chosen.table:
        print(table(chaos.record.known))
        return
    tiny_run.prepare()
    for part in chosen.parts:
        getattr(chaos, part)()


if __name__ == "__main__":
    main()
