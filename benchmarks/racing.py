"""Images spent, and what the named scheme lacks, with and without racing and the stop rule: python benchmarks/racing.py

Every scheme of the tables of EAN-Bench answers simulated validation images, as often rightly as its networks did on
average; and trainings are halved on the recorded epochs. Writes racing.md beside itself; one core, about forty minutes.
"""

import argparse
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import NormalDist
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from keras_ean import Scheme, bench
from keras_ean.bench import Table
from keras_ean.search import EarlyStopping, Evaluator, Racing, Reward, SchemeTuner, get

TABLES = ("digits-light-8", "digits-light-sge-8")
SCHEMES = 60
WAYS: dict[str, tuple[EarlyStopping | Racing | None, float | None]] = {
    "all images": (None, None),
    "early stopping": (EarlyStopping(), None),
    "racing": (Racing(), None),
    "stop rule": (None, 0.0),
    "racing, stop rule": (Racing(), 0.0),
}
WORLDS = ((1.0, 1000, 0.9), (0.25, 1000, 0.9), (0.25, 1000, 0.5), (0.25, 4000, 0.9))
"""Factor of the differences in a table, which are of early learning and large; validation images; overlap."""
BATCH = {1000: 64, 4000: 256}
"""Images in a batch, by validation images."""
NORMAL = 1.96

ABOUT = """
Surrogate searches of 60 schemes. Every scheme is right on simulated images as often as its trainings were on average,
with its differences from the mean as they are in the table (× 1), which are of early learning and large, or a quarter
of that. The draws of two schemes are correlated to the degree of *overlap*. *Images spent*: of those of 60 schemes on
all images. *Regret*: what the reward of the named scheme lacks to the best, in points; with the 95 % interval of the
mean. *More than all images*: paired, on the same images. Trainings are those of the tables, with about as many
epochs in all, and five times as many repetitions.

What follows: racing needs 40 to 71 % of the images, and what it names is as good or better, since the regression that
names it then knows the best schemes alone. The stop rule (`tolerance=0`) ends searches early where differences are
small, and costs 0.15 points at most, 0.18 together with racing. Early stopping saves nothing there: it looks at a
quarter of the images twice. Halving trainings on epochs is as good as training twice as many schemes to the end. A
search took 0.9 to 1.4 ms of CPU a scheme beside the answers, and through `SchemeTuner` 1.2 to 1.6.
"""


class Simulated(Evaluator):
    """Answers of every scheme on validation images: right where a draw that schemes share in part is low enough.

    Args:
        rates: The rate at which each scheme is right, (schemes,).
        stages: The stages of the schemes.
        images: The number of images.
        overlap: The correlation of the draws of two schemes, 0 … 1.
        images_per_pass: The number of images of a batch.
        seed: The seed of the draws.
    """

    by_image = True

    def __init__(self, rates, stages, images: int, overlap: float, images_per_pass: int, seed: int):
        draw, inverse = np.random.default_rng(seed), NormalDist().inv_cdf
        shared, own = draw.normal(size=images), draw.normal(size=(len(rates), images))
        levels = np.array([inverse(rate) for rate in rates])
        self.hits = np.sqrt(overlap) * shared + np.sqrt(1 - overlap) * own < levels[:, None]
        self.stages, self.images, self.images_per_pass, self.shown = stages, images, images_per_pass, 0

    def outcomes(self, schemes, first=0, last=None):
        last = self.images if last is None else last
        self.shown += len(schemes) * (last - first)
        return {"accuracy": np.array([self.hits[row_of(scheme), first:last] for scheme in schemes], "float64")}

    def score(self, schemes, share=1.0, repeat=0):
        hits = self.outcomes(schemes, 0, math.ceil(share * self.images))["accuracy"]
        return [{"accuracy": float(each.mean())} for each in hits]


def row_of(scheme: Scheme) -> int:
    return int("".join(map(str, scheme.bits)), 2)


def rates_of(table: Table, scale: float) -> np.ndarray:
    """The mean accuracy of every scheme, with all differences `scale` times as large."""
    means = table.accuracy.mean(axis=1)
    return means.mean() + scale * (means - means.mean())


def run(way: str, table: Table, scale: float, images: int, overlap: float, seed: int) -> dict[str, float]:
    """One search: the share of the images that it looked at, of those of as many schemes on all images, and the points
    that the named scheme lacks to the best reward."""
    stopping, tolerance = WAYS[way]
    rates, reward = rates_of(table, scale), Reward(0.02 * scale)
    evaluator = Simulated(rates, table.stages, images, overlap, BATCH[images], seed)
    oracle = get("surrogate", table.stages, seed=seed, reward=reward, max_schemes=SCHEMES, tolerance=tolerance)
    with TemporaryDirectory() as folder:
        tuner = SchemeTuner(None, oracle, evaluator=evaluator, directory=folder, early_stopping=stopping)
        started = time.process_time()
        tuner.search(verbose=0)
        seconds = time.process_time() - started
        evaluations, named = tuner.evaluations(), tuner.conclusion().best
    worth = rates + [reward.known(scheme) for scheme in table.schemes]
    return {
        "regret": 100 * float(worth.max() - worth[row_of(named)]),
        "images": 100 * evaluator.shown / (SCHEMES * images),
        "schemes": len(evaluations),
        "whole": 100 * float(np.mean([one.share == 1 for one in evaluations])),
        "ms": 1000 * seconds / len(evaluations),
    }


def halved(table: Table, schemes: int, rungs: tuple[int, ...], seed: int) -> tuple[float, int]:
    """Successive halving on epochs: random schemes are trained to each rung in turn, the better half of them goes on.

    Gives the points that the scheme of the highest validation reward lacks to the best, and the epochs trained.
    """
    draw = np.random.default_rng(seed)
    known = np.array([Reward(0.02).known(scheme) for scheme in table.schemes])
    rows, column = draw.permutation(len(known))[:schemes], int(draw.integers(table.accuracy.shape[1]))
    epochs, before = 0, 0
    for number, rung in enumerate(rungs):
        epochs, before = epochs + len(rows) * (rung - before), rung
        ranked = rows[np.argsort(-(table.curves[rows, column, rung - 1] + known[rows]), kind="stable")]
        rows = ranked if number == len(rungs) - 1 else ranked[: math.ceil(len(ranked) / 2)]
    worth = table.accuracy.mean(axis=1) + known
    return 100 * float(worth.max() - worth[rows[0]]), epochs


def interval(values: list[float]) -> str:
    """The mean, and the 95 % interval of the mean."""
    return f"{np.mean(values):.2f} ± {NORMAL * np.std(values, ddof=1) / math.sqrt(len(values)):.2f}"


def searches(repetitions: int) -> list[str]:
    """A table for every table of EAN-Bench."""
    lines = []
    for name in TABLES:
        table = bench.load(name)
        lines += ["", f"## {name}", "", "| differences | images | overlap | way | images spent, % | schemes |"]
        lines[-1] += " scored whole, % | regret, points | more than all images |"
        lines.append("|--:|--:|--:|---|--:|--:|--:|--:|--:|")
        for scale, images, overlap in WORLDS:
            usual: list[float] = []
            for way in WAYS:
                runs = [run(way, table, scale, images, overlap, seed) for seed in range(repetitions)]
                found = {key: [one[key] for one in runs] for key in runs[0]}
                usual = usual or found["regret"]
                more = interval([own - other for own, other in zip(found["regret"], usual, strict=True)])
                spent, schemes, whole = (f"{np.mean(found[key]):.0f}" for key in ("images", "schemes", "whole"))
                cells = [f"× {scale:g}", images, overlap, way, spent, schemes, whole, interval(found["regret"])]
                lines.append(f"| {' | '.join(map(str, cells))} | {'' if way == 'all images' else more} |")
                print(lines[-1], f"{np.mean(found['ms']):.1f} ms a scheme", flush=True)
    return lines


def trainings(repetitions: int) -> list[str]:
    """Regret of trainings that are halved on epochs, and of as many epochs without."""
    lines = ["", "## Trainings, halved on epochs", "", "| table | way | epochs | regret, points |", "|---|---|--:|--:|"]
    for name in TABLES:
        table = bench.load(name)
        last = table.curves.shape[2]
        ways = {"all epochs": (16, (last,)), "halved": (32, (1, 2, last)), "as many schemes": (32, (last,))}
        for way, (schemes, rungs) in ways.items():
            found = [halved(table, schemes, rungs, seed) for seed in range(5 * repetitions)]
            lines.append(
                f"| {name} | {schemes} schemes, {way} | {found[0][1]} | {interval([one[0] for one in found])} |"
            )
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    commit = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    facts = (
        f"commit {commit} · {platform.machine()}, one core · Python {platform.python_version()}, NumPy {np.__version__}"
    )
    lines = [*searches(arguments.repetitions), *trainings(arguments.repetitions)]
    command = " ".join(["python", "benchmarks/racing.py", *sys.argv[1:]])
    head = ["# Racing, and a search that stops by itself", "", f"`{command}` · {facts}"]
    (arguments.out / "racing.md").write_text("\n".join([*head, ABOUT.rstrip("\n"), *lines]) + "\n")


if __name__ == "__main__":
    main()
