"""Do networks that start from their supernet end as good as networks from scratch, and what does either cost?

    python experiments/starting.py [digits cue cifar10] [--seeds 3] [--scratch 1]

Whole runs with `start: supernet`, and some with `start: scratch`, both with three trainings of every network. Processor
time is that of the run, over that of trainings of the network without attention from scratch, as long as the
supernet's, which the same process has made just before: a busy machine slows both alike. Beside it stands what the run
says that it has cost, in images. What is finished is a line of runs/starting.jsonl; prints the table of
experiments/README.md.
"""

import argparse
import json
import re
import shutil
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from tuning import TASKS

from keras_ean.run import Run, parse_config

NETWORKS = ("plain", "random", "found", "shared")
LINES = Path("runs/starting.jsonl")


def one_run(task: str, start: str, seed: int) -> dict:
    """A run but for its export, and what it took in seconds of processor time."""
    data = {**TASKS[task]["data"], "seed": seed}
    values = {**TASKS[task], "seed": seed, "data": data, "start": start, "seeds": 3, "export": []}
    folder = Path("runs") / f"starting-{task}-{start}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)  # What half a run took is not known.
    alone = Path(f"{folder}-plain")
    shutil.rmtree(alone, ignore_errors=True)
    scratch = Run(alone, parse_config({**values, "start": "scratch"}, task), Console(quiet=True))
    scratch.data.train.arrays()
    trainings = []
    for repeat in range(3 if start == "scratch" else 1):
        before = time.process_time()
        scratch.train("plain", repeat)
        trainings.append(time.process_time() - before)
    run = Run(folder, parse_config(values, task), Console(quiet=True))
    run.data.train.arrays()
    begun = time.process_time()
    report = run()
    seconds = time.process_time() - begun
    verdict = run.verdict()
    return {
        "task": task,
        "start": start,
        "seed": seed,
        "found": str(run.search()),
        "pays": verdict.pays,
        "recommended": verdict.recommended,
        "accuracy": {name: round(100 * value, 2) for name, value in verdict.accuracy.items()},
        "trainings": [round(seconds, 1) for seconds in trainings],
        "seconds": round(seconds, 1),
        "counted": counted((report / "report.md").read_text(encoding="utf-8")),
    }


def counted(report: str) -> float:
    """What a run says that it has cost, in trainings of the network without attention."""
    found = re.search(r"The run cost ([\d.]+) times", report)
    if found is None:
        raise ValueError("This report does not say what its run has cost.")
    return float(found[1])


def tables(lines: list[dict]) -> str:
    """Accuracy by task, start and network; and the cost of a run, in trainings of the plain network."""
    heads = ["task", "start", "runs", *NETWORKS, "recommended", "by images", "by processor time", "verdicts"]
    rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for task in TASKS:
        for start in ("supernet", "scratch"):
            runs = [line for line in lines if (line["task"], line["start"]) == (task, start)]
            if not runs:
                continue
            cells = [spread([line["accuracy"][name] for line in runs]) for name in NETWORKS]
            cells.append(spread([line["accuracy"][line["recommended"]] for line in runs]))
            cells.append(spread([line["counted"] for line in runs], 2))
            cells.append(spread([line["seconds"] / np.mean(line["trainings"]) for line in runs], 2))
            cells.append(", ".join(line["pays"] for line in runs))
            rows.append(f"| {task} | {start} | {len(runs)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def spread(values: list[float], digits: int = 1) -> str:
    deviation = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{deviation}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=3, help="runs from the supernet, of each task")
    parser.add_argument("--scratch", type=int, default=1, help="runs from scratch, of each task")
    asked = parser.parse_args()
    lines = [json.loads(line) for line in LINES.read_text().splitlines()] if LINES.is_file() else []
    known = {(line["task"], line["start"], line["seed"]) for line in lines}
    for task in asked.tasks:
        for start, count in (("scratch", asked.scratch), ("supernet", asked.seeds)):
            for seed in range(count):
                if (task, start, seed) in known:
                    continue
                lines.append(one_run(task, start, seed))
                LINES.parent.mkdir(exist_ok=True)
                LINES.write_text("".join(json.dumps(line) + "\n" for line in lines))
                print(lines[-1], flush=True)
    print(tables(lines))


if __name__ == "__main__":
    main()
