"""What does a step of the supernet cost beside the plain backbone, the static network and PyTorch?

    python benchmarks/steps.py resnet164-32-se [resnet50-224-dia …] --rounds 10 [--cold 3] [--publish]

A case is backbone-batch-module for ResNet-164 and ResNet-56 on 32×32 images, backbone-size-module for ResNet-50 with
batches of 16 (64: 64 px, 224: 224 px; `--batch`). "keras" is the backbone of Keras's own layers
under `compile` and `fit` alone, "plain" ours, "static" with attention in every block, "found" in a third,
"naive" the supernet of Keras's layers. Every network is a process of its own; they take their steps in turn, one at a
time, so that all meet the same state of the machine. Per network: milliseconds of a training and of an evaluation step
(median, quartiles), their ratios to those of the same round, cold start (start of the process to the end of its first
step, here and in more processes with --cold), peak memory. With --publish, benchmarks/steps.json keeps the cases.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
STAGES = {
    "resnet164": ((18, 18, 18), 16),
    "resnet56": ((9, 9, 9), 16),
    "resnet50": ((3, 4, 6, 3), 64),
    "resnet29": ((3, 3, 3), 16),
}
VARIANTS = ("keras", "plain", "static", "supernet", "found", "torch eager", "torch compiled", "naive")


def parse(name: str, batch: int, precision: str) -> dict:
    """The case of a name; ValueError if it is none."""
    network, number, module = [*name.split("-"), "", ""][:3]
    if network not in STAGES or not number.isdigit() or module not in ("se", "sge", "dia"):
        raise ValueError(f"A case is one of {', '.join(STAGES)}, a number, and se, sge or dia, not {name!r}.")
    stages, width = STAGES[network]
    imagenet = len(stages) == 4
    case = {"network": network, "options": {}, "stages": stages, "width": width, "module": module}
    if network == "resnet29":
        case["options"] = {"block": "bottleneck"}
    size, batch = (int(number), batch) if imagenet else (32, int(number))
    return {**case, "size": size, "batch": batch, "precision": precision}


class Worker:
    """A process with one network, which takes its first training step at once."""

    def __init__(self, case: dict):
        self.start = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, HERE / "step_worker.py", json.dumps(case)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

        self.process.stdin.write("train 1\n")
        self.process.stdin.flush()

    def cold_start(self) -> float:
        """Seconds from the start of the process until it is seen that its first training step has ended."""
        self.answer()
        return time.perf_counter() - self.start

    def ask(self, command: str) -> dict:
        """The answer; RuntimeError if the process has ended instead."""
        self.tell(command)
        return self.answer()

    def tell(self, command: str) -> None:
        """Asks for what `answer` gives later."""
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{command}\n")
            self.process.stdin.flush()

    def answer(self) -> dict:
        while not (line := self.process.stdout.readline()).startswith("@"):
            if not line:
                raise RuntimeError(f"A process ended with status {self.process.wait()}; -9 may be for lack of memory.")
        return json.loads(line[1:])

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def quartiles(values) -> list[float]:
    """25 %, 50 %, 75 %."""
    return [float(f"{value:.4g}") for value in np.percentile(values, (25, 50, 75))]


def started(case: dict, variants: list[str], cold: int) -> tuple[dict[str, Worker], dict[str, list[float]], dict]:
    """Processes after their first step, their cold starts, and errors; at once, and without times, if `cold` is 0."""
    workers: dict[str, Worker] = {}
    starts: dict[str, list[float]] = {}
    failed: dict[str, dict] = {}
    if not cold:
        workers = {variant: Worker({**case, "variant": variant}) for variant in variants if variant != "naive"}
    for turn in range(max(1, cold)):
        for variant in variants:
            worker = workers.get(variant) if not cold else Worker({**case, "variant": variant})
            if worker is None:
                continue
            try:
                seconds = worker.cold_start()
            except RuntimeError as reason:
                failed[variant] = {"error": str(reason)}
                workers.pop(variant, None)
                worker.close()
                continue
            if cold:
                starts.setdefault(variant, []).append(seconds)
            if turn == 0 and variant != "naive":
                workers[variant] = worker
            elif cold:
                worker.close()
    return workers, starts, failed


def compiled(workers: dict[str, Worker], failed: dict[str, dict]) -> None:
    """Every process traces and compiles its evaluation, all at once; one that fails is named and left out."""
    for worker in workers.values():
        worker.tell("evaluate 1")
    for variant in list(workers):
        try:
            workers[variant].answer()
        except RuntimeError as reason:
            failed[variant] = {"error": str(reason)}
            workers.pop(variant).close()


def measure(
    case: dict, variants: list[str], rounds: int, steps: int, cold: int, after: Path | None = None
) -> dict[str, dict]:
    """Figures of every variant; one that fails has "error" instead."""
    workers, starts, results = started(case, variants, cold)
    compiled(workers, results)
    while after and not after.exists():
        time.sleep(0.2)
    times = {kind: {variant: [] for variant in workers} for kind in ("train", "evaluate")}
    try:
        for turn in range(rounds + 1):
            order = list(workers)
            for kind in times:
                for variant in order[turn % len(order) :] + order[: turn % len(order)]:
                    elapsed = workers[variant].ask(f"{kind} {steps}")["ms"]
                    if turn:
                        times[kind][variant].append(elapsed)
            if turn == 0:  # Warms up.
                before = {variant: worker.ask("facts").get("calls", 0) for variant, worker in workers.items()}
        for variant, worker in workers.items():
            facts = worker.ask("facts")
            if "calls" in facts:
                facts["retraces"] = facts.pop("calls") - before[variant]
            results[variant] = {
                kind: {
                    "ms": quartiles(times[kind][variant]),
                    "over": {
                        rival: quartiles(np.divide(times[kind][variant], times[kind][rival]))
                        for rival in workers
                        if rival != variant
                    },
                }
                for kind in times
            } | {**facts, "memory": facts["memory"] or facts["rss"]}
    finally:
        for worker in workers.values():
            worker.close()
    sizes = {results[name]["parameters"] for name in ("supernet", "torch eager") if "train" in results.get(name, {})}
    if len(sizes) > 1:
        raise RuntimeError(f"The rivals are to have the same parameters, but have {sorted(sizes)}.")
    for variant, seconds in starts.items():
        results.setdefault(variant, {})["cold_start"] = [round(value, 2) for value in seconds]
    return results


def table(case: dict, results: dict[str, dict], peak: float = 0) -> str:
    """Markdown."""

    def ms(figures: dict) -> str:
        low, median, high = figures["ms"]
        return f"{median:.4g} ({low:.4g}–{high:.4g})"

    def over(figures: dict, rival: str) -> str:
        return f"{figures['over'][rival][1]:.3f}" if rival in figures["over"] else ""

    def rate(found: dict) -> str:
        """Images per second in training, and the part of the peak that the backbone's operations need."""
        images = 1000 * case["batch"] / found["train"]["ms"][1]
        part = f", {3 * flops * images / peak:.1%}" if peak and flops else ""
        return f"{images:.4g}{part}"

    flops = results.get("plain", {}).get("flops", 0)
    lines = [
        "| network | train ms | / Keras | / plain | evaluate ms | / Keras | / plain | images/s | cold start s | MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for variant, found in results.items():
        seconds = f"{np.median(found['cold_start']):.1f}" if found.get("cold_start") else ""
        if "train" not in found:
            lines.append(f"| {variant} | {found.get('error', '')} | | | | | | | {seconds} | |")
            continue
        cells = []
        for kind in ("train", "evaluate"):
            cells += [ms(found[kind]), over(found[kind], "keras"), over(found[kind], "plain")]
        lines.append(f"| {variant} | {' | '.join(cells)} | {rate(found)} | {seconds} | {found['memory'] / 1e6:.0f} |")
    return "\n".join(lines)


def machine() -> dict:
    """Versions and hardware, without starting a backend."""
    names = ("keras", "tensorflow", "jax", "torch", "numpy")
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    return {
        "backend": backend,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "device": os.environ.get("DEVICE", "CPU"),
        "versions": versions,
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True
        ).stdout.strip(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=1, help="of one round")
    parser.add_argument(
        "--cold", type=int, default=1, help="processes whose cold start is measured; 0: start all at once"
    )
    parser.add_argument("--after", type=Path, help="compile, and take steps only once this file exists")
    parser.add_argument("--minutes", type=float, help="begin no case after so long, and skip the published ones")
    parser.add_argument("--batch", type=int, default=16, help="of ResNet-50")
    parser.add_argument("--peak", type=float, default=0, help="of the device, TFLOP/s, for the fraction of it")
    parser.add_argument(
        "--precision", default="float32", help="Keras policy; PyTorch: bfloat16 and channels last unless float32"
    )
    parser.add_argument("--variants", default=",".join(VARIANTS), help=f"of {', '.join(VARIANTS)}")
    parser.add_argument(
        "--label", default="", help="kept with the case, for networks that do not fit in memory at once"
    )
    parser.add_argument("--publish", nargs="?", type=Path, const=HERE / "steps.json", help="file of all cases")
    options = parser.parse_args()
    cases = {name: parse(name, options.batch, options.precision) for name in options.cases}
    if "torch" in options.variants and any(case["network"] == "resnet56" for case in cases.values()):
        parser.error(
            "ResNet-56 has basic blocks, and torch_rival.py bottlenecks: leave them out, --variants plain,supernet"
        )
    end = time.monotonic() + 60 * options.minutes if options.minutes else None
    kept = json.loads(options.publish.read_text()) if options.publish and options.publish.is_file() else {}
    facts = {**machine(), "command": " ".join(sys.argv[1:])}
    for name, case in cases.items():
        key = f"{name} {options.precision} {facts['backend']} {facts['device']} {options.label}".strip()
        if end and (key in kept or time.monotonic() > end):
            print(f"{name}: {'is published' if key in kept else 'left for the next call'}")
            continue
        load = os.getloadavg()[0]
        results = measure(case, options.variants.split(","), options.rounds, options.steps, options.cold, options.after)
        print(f"\n{name}, {options.precision}, {options.rounds} rounds of {options.steps}\n")
        print(table(case, results, 1e12 * options.peak), flush=True)
        if options.publish:
            kept[key] = {
                "case": case,
                "facts": {**facts, "load_average_before": round(load, 2)},
                "results": results,
            }
            options.publish.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
