"""The demo over several seeds: the whole method each time, supernet, search, comparison and verdict.

    python experiments/demo.py [--seeds 3]

Continues what is in runs/demo-*. Prints the comparison over all runs, which is the README's table, and of each run the
wall time and the verdict. The README's picture is drawn from the table in experiments/README.md, by
docs/pictures.py.
"""

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

CAPTION = (
    "Mean and standard deviation of top-1 accuracy on the test images are over all trainings of all runs. The time is "
    "the median over the runs, each as a multiple of the time without attention in the same run: a machine is not as "
    "fast in one run as in the next."
)


def joined(runs: Sequence[Sequence[dict]]) -> tuple[list[dict], list[str]]:
    """The figures of several runs as if of one, and a sentence on each network that not all of them have.

    Times are made comparable: those of a run are multiplied so that its network without attention takes as long as in
    the median run. A network that only some runs have is left out, since its figures would be those of other seeds than
    the others'; the sentence compares it with the network found in the same runs.
    """
    times = [next(one["latency_ms"] for one in run if one["name"] == "plain") for run in runs]
    usual = statistics.median(times)
    for run, plain in zip(runs, times, strict=True):
        for one in run:
            one |= {name: one[name] * usual / plain for name in ("latency_ms", "latency_range_ms") if name in one}
    having = [{one["name"] for one in run} for run in runs]
    everywhere = set.intersection(*having)
    sentences = []
    for name in sorted(set.union(*having) - everywhere):
        seeds = [seed for seed, names in enumerate(having) if name in names]
        gains, more = zip(*(_against_found(runs[seed], name) for seed in seeds), strict=True)
        sentences.append(
            f"{name}: in the runs of seeds {', '.join(map(str, seeds))} only, {statistics.fmean(gains):+.1f} points "
            f"over the network found in them; its time is {statistics.median(more):+.0f} % over none."
        )
    return [one for run in runs for one in run if one["name"] in everywhere], sentences


def _against_found(run: Sequence[dict], name: str) -> tuple[float, float]:
    """In one run, the points of a network over the found one, and by how many percent it is slower than without
    attention."""
    accuracy = {other: [one["accuracy"] for one in run if one["name"] == other] for other in ("found", name)}
    times = {one["name"]: one["latency_ms"] for one in run}
    gain = statistics.fmean(accuracy[name]) - statistics.fmean(accuracy["found"])
    return 100 * gain, 100 * (times[name] / times["plain"] - 1)


def main(seeds: Annotated[int, typer.Option(min=1, help="Runs.")] = 3) -> None:
    """Run the demo with seeds 0, 1, …"""
    from rich.console import Console

    from keras_ean.run import Run, load_config
    from keras_ean.run.report import markdown, rows

    runs, lines, quiet = [], [], Console(quiet=True)
    for seed in range(seeds):
        start = time.perf_counter()
        run = Run(Path("runs") / f"demo-{seed}", load_config(None, [f"seed={seed}", "export=[]"]), quiet)
        report = run()
        runs.append(json.loads((report / "report.json").read_text(encoding="utf-8")))
        seconds, verdict = time.perf_counter() - start, run.verdict()
        lines.append(
            f"seed {seed}: {seconds:.0f} s, found {run.search()}. {verdict.sentence()} {verdict.recommendation()}"
        )
    trainings, sentences = joined(runs)
    print(markdown(rows(trainings)).partition("\n\n")[0])
    print("\n".join([CAPTION, *sentences, *lines]))


if __name__ == "__main__":
    typer.run(main)
