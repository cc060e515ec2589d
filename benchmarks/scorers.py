"""Which score of one training names a scheme that is as good as the best? Writes scorers.md.

    python benchmarks/scorers.py                              # all tables; goes on where it was stopped
    python benchmarks/scorers.py --tables cue-3 --seeds 2     # rows that are not measured again stay on the page

Judges are tables of EAN-Bench, in which every scheme was trained. Each kind of supernet is trained for as long as one
network of the table, and scores all schemes. Every case is kept in a file of its own in --results.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from merged_rows import merged, section
from named_schemes import rows

from keras_ean import Scheme, bench
from keras_ean.bench import spaces
from keras_ean.search import (
    GateStatisticsEvaluator,
    HeldEvaluator,
    LearnedGatesEvaluator,
    SpaceShrinking,
    SupernetEvaluator,
    TuningEvaluator,
    ZeroCostEvaluator,
)
from keras_ean.supernet import Supernet

CALIBRATION = 512
PRICES = (0.01, 0.1)
COLUMNS = "supernet, score, points lacked to the best, connections named, with a run's reward, tau, cost in trainings"
SAID = "\n## What it says\n"
"""In scorers.md, the heading of what is written by hand and stays."""


def supernet(space: spaces.Space, images, sampling: str, seed: int, **options) -> Supernet:
    """An untrained one."""
    keras.utils.set_random_seed(1000 + seed)
    return space.supernet(images, sampling, seed=seed, **options)


def of_a_supernet(
    space: spaces.Space,
    seed: int,
    sampling: str,
    longer: int = 1,
    averaged: bool = False,
    shrinking: dict | None = None,
    **options,
) -> dict:
    """Accuracy and loss of all schemes: as it is, with statistics re-estimated, with the other gates held.

    Of a training with attention everywhere also after ten steps under the scheme, and what its gates do.

    Args:
        space: The space.
        seed: The seed of the supernet.
        sampling: The rule by which schemes are drawn.
        longer: How many times as many epochs as a network of the table has.
        averaged: Whether the trained weights are the moving averages of the last hundred steps.
        shrinking: The options of `SpaceShrinking`, for a training during which decided blocks leave the space; None
            for one without it.
        options: Further arguments of the supernet.
    """
    images, recipe = space.load(), replace(space.recipe, epochs=longer * space.recipe.epochs)
    trained = supernet(space, images, sampling, seed, **options)
    batches = recipe.batches(images.train, seed=seed)
    recipe.compile(trained, len(batches), recipe.epochs)
    if averaged:
        with_average = {**trained.optimizer.get_config(), "use_ema": True, "ema_momentum": 0.99}
        trained.compile(type(trained.optimizer).from_config(with_average), trained.loss, metrics=["accuracy"])
    x = images.train.arrays()[0]
    chosen, validation = x[np.random.default_rng(seed).permutation(len(x))[:CALIBRATION]], images.validation.arrays()
    looking = [] if shrinking is None else [SpaceShrinking(validation, chosen, seed=seed, **shrinking)]
    start = time.process_time()
    trained.fit(batches, epochs=recipe.epochs, shuffle=False, verbose=0, callbacks=looking)
    spent = time.process_time() - start
    makers = {
        "raw": lambda: SupernetEvaluator(trained, validation),
        "calibrated": lambda: SupernetEvaluator(trained, validation, calibration=chosen),
        "held": lambda: HeldEvaluator(trained, validation, calibration=chosen),
    }
    if sampling == "everywhere":
        makers["tuned"] = lambda: TuningEvaluator(trained, images.train.arrays(), validation, seed=seed)
    found = {name: scored(space, maker, "accuracy", "loss") for name, maker in makers.items()}
    if sampling == "everywhere":
        found |= of_gates(space, trained, validation, chosen)
    decided = {"decided": trained.decided} if looking else {}
    return {name: {**scores, "spent": spent + scores["spent"], **decided} for name, scores in found.items()}


def of_gates(space: spaces.Space, trained: Supernet, data, calibration) -> dict:
    """Statistics of the gates; neighbours are compared where a stage has some."""
    measures = ["variation", "saliency", *(["novelty"] if max(space.backbone.stages) > 1 else [])]
    make = partial(GateStatisticsEvaluator, trained, data, calibration=calibration)
    return {measure: scored(space, partial(make, measure), measure) for measure in measures}


def learned(space: spaces.Space, price: float, seed: int) -> dict:
    """Strengths that are learned with one training."""
    images = space.load()
    untrained = supernet(space, images, "bernoulli", seed)
    recipe = replace(space.recipe, augmentation=None)
    data = images.train.arrays()
    return {
        "learned": scored(
            space, lambda: LearnedGatesEvaluator(untrained, data, recipe, price=price, seed=seed), "strength"
        )
    }


def untrained(space: spaces.Space, seed: int) -> dict:
    """Measures that cost nothing."""
    images = space.load()
    fresh, data = supernet(space, images, "bernoulli", seed), images.train.arrays()
    return {
        measure: scored(space, partial(ZeroCostEvaluator, fresh, data, measure, seed=seed), measure)
        for measure in ("gradient_norm", "synflow", "jacobian")
    }


def scored(space: spaces.Space, make: Callable, *metrics: str) -> dict:
    """Metrics of all schemes, and the processor's seconds that the evaluator took, made and asked."""
    start = time.process_time()
    found = make().score(list(Scheme.every(space.backbone.stages)))
    spent = time.process_time() - start
    return {"spent": spent, **{metric: [score[metric] for score in found] for metric in metrics}}


CASES: dict[str, Callable] = {
    "bernoulli": partial(of_a_supernet, sampling="bernoulli"),
    "everywhere": partial(of_a_supernet, sampling="everywhere"),
    "fair": partial(of_a_supernet, sampling="fair"),
    "sandwich": partial(of_a_supernet, sampling="sandwich"),
    "sandwich, distilled": partial(of_a_supernet, sampling="sandwich", distill=1.0),
    "bernoulli, averaged": partial(of_a_supernet, sampling="bernoulli", averaged=True),
    "bernoulli, shrinking": partial(of_a_supernet, sampling="bernoulli", shrinking={}),
    "bernoulli, shrinking, connecting": partial(of_a_supernet, sampling="bernoulli", shrinking={"connect": True}),
    "bernoulli, twice as long": partial(of_a_supernet, sampling="bernoulli", longer=2),
    **{
        f"price {price}": partial(lambda space, seed, price: learned(space, price, seed), price=price)
        for price in PRICES
    },
    "untrained": untrained,
}


def report(results: Path, before: str) -> Iterator[str]:
    """The page; what these results say nothing of, tables and rows, is as it was before."""
    kept = {path: json.loads(path.read_text()) for path in sorted(results.glob("*.json"))}
    yield "# Which score of one training names the best scheme?"
    yield ""
    yield "`python benchmarks/scorers.py` writes the tables; each repetition has a supernet of its own."
    for name in bench.available():
        cases = [case for case in kept.values() if case["table"] == name]
        heading = f"\n## {name}\n"
        old, columns = section(before, heading), COLUMNS.split(", ")
        if not cases and old:
            yield f"{heading}\n{old}"
        if cases:
            table = bench.load(name)
            lines, some_are_old = merged(rows(table, cases), old, columns, "without a search")
            commits = {case["commit"] for case in cases} | ({*at(old)} if some_are_old else set())
            yield heading
            yield (
                f"At {', '.join(sorted(commits))} · {platform.machine()}, {os.cpu_count()} "
                f"cores with other work beside, TensorFlow, Keras {keras.__version__}, Python "
                f"{platform.python_version()}, float32\n"
            )
            yield f"| {' | '.join(columns)} |"
            yield "|---|---|--:|---|--:|--:|--:|"
            yield from lines


def at(section: str) -> list[str]:
    """The commits that a table was measured at."""
    return section.removeprefix("At ").partition(" · ")[0].split(", ")


def training(space: spaces.Space, seed: int) -> float:
    """The processor's seconds of one training of the plain network."""
    images, recipe = space.load(), space.recipe
    keras.utils.set_random_seed(1000 + seed)
    network = supernet(space, images, "bernoulli", seed).extract(Scheme.empty(space.backbone.stages))
    batches = recipe.batches(images.train, seed=seed)
    recipe.compile(network, len(batches), recipe.epochs)
    start = time.process_time()
    network.fit(batches, epochs=recipe.epochs, shuffle=False, verbose=0)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="*", default=bench.available(), choices=bench.available())
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=CASES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("runs/scorers"))
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent
    ).stdout.strip()
    for name, seed, case in itertools.product(options.tables, range(options.seeds), ("training", *options.cases)):
        file = options.results / f"{name}-{case.replace(',', '').replace(' ', '-')}-{seed}.json"
        if not file.is_file():
            space = spaces.get(name)
            if case == "training":
                made: dict = {"spent": training(space, seed), "scores": {}}
            else:
                made = {"scores": CASES[case](space, seed)}
            file.write_text(json.dumps({"table": name, "kind": case, "seed": seed, "commit": commit, **made}))
            print(file.stem, flush=True)
    file = Path(__file__).parent / "scorers.md"
    before, said, comment = (file.read_text() if file.is_file() else "").partition(SAID)
    page = "\n".join(report(options.results, before)) + "\n"
    file.write_text(page + said + comment)


if __name__ == "__main__":
    main()
