"""How many schemes a second does a search score, and does its memory stay flat?

    python benchmarks/search_speed.py [--small] [--rounds 15] [--cases 3] [--publish FILE] [--plot FILE]

`SupernetEvaluator` against a loop over `supernet.evaluate(images, labels, scheme=…)`, with batches of 32 (Keras's
default) and of 256, compiled without XLA on TensorFlow's CPU, where that is faster. Each round scores a new scheme in
every way, in turns; each is divided by the evaluator of the same round. The scores must agree.

Memory: of this process over --evaluations new schemes of ResNet-20, scored one by one, after 100 others.

Prints tables; --publish keeps them, by backend, and --plot draws the memory of all backends kept there.
--small runs in seconds and shows no more than that it runs.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import ops

import keras_ean as ean
from keras_ean import backend

CASES = (("resnet20", 8, 8, 500), ("resnet20", 16, 32, 500), ("resnet164", 16, 32, 64))
"""Backbone, width, pixels of a side, validation images."""
OF_MEMORY = ("resnet20", 8, 8, 100)
SMALL = ("resnet8", 4, 8, 20)
WARM_UP = 100


def prepare(network: str, width: int, side: int, count: int) -> tuple[ean.Supernet, tuple]:
    """A supernet and its validation set, random but for BatchNorm, which is such that activations stay in range."""
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    images = generator.normal(size=(count, side, side, 3)).astype("float32")
    labels = generator.integers(0, 10, count, dtype="int32")
    supernet = ean.build_supernet(ean.backbones.get(network, width=width), "se", (side, side, 3), 10)
    body = supernet.body
    for layer in body.layers:
        if layer.name.endswith("_norm3" if network == "resnet164" else "_norm2"):
            layer.gamma.assign(ops.full(layer.gamma.shape, 0.1))
    for weight in body.trainable_variables:
        if "attention" in weight.path:
            weight.assign(generator.normal(0, 0.5, weight.shape))
    statistics = supernet.calibrate(supernet.full, images)
    for variable in body.non_trainable_variables:
        variable.assign(statistics[variable.path])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    supernet.compile("sgd", loss, metrics=["accuracy"], jit_compile=backend.jit_compile())
    return supernet, (images, labels)


def ways(supernet: ean.Supernet, data: tuple) -> dict[str, tuple[int, Callable]]:
    """Functions of a list of schemes, with the number of schemes that they take, that give accuracies and losses."""
    single = ean.search.SupernetEvaluator(supernet, data, schemes_per_pass=1)
    several = ean.search.SupernetEvaluator(supernet, data)

    def loop(batch_size: int):
        options = {"batch_size": batch_size, "verbose": 0, "return_dict": True}
        return 1, lambda schemes: [supernet.evaluate(*data, scheme=scheme, **options) for scheme in schemes]

    found = {"evaluator": (1, single.score), "evaluate, 256": loop(256), "evaluate, 32": loop(32)}
    if (most := several.schemes_per_pass) > 1:
        found[f"evaluator, {most} schemes a pass"] = most, several.score
    return found


def compare(case: tuple, rounds: int) -> dict:
    """Quartiles of milliseconds a scheme, on the clock and of CPU, and how many times the evaluator's they are."""
    supernet, data = prepare(*case)
    calls, times = ways(supernet, data), []
    difference = {"accuracy": 0.0, "loss": 0.0}
    for turn in range(rounds + 1):
        elapsed, scores = {}, {}
        for name, (count, call) in sorted(calls.items(), reverse=turn % 2 == 0):
            schemes = [ean.Scheme.random(supernet.stages, seed=1000 * turn + place) for place in range(count)]
            start = time.perf_counter(), time.process_time()
            scores[name] = call(schemes)[0]
            elapsed[name] = 1000 * np.subtract((time.perf_counter(), time.process_time()), start) / count
        ours = scores["evaluator"]
        for score in scores.values():
            difference["accuracy"] = max(difference["accuracy"], abs(score["accuracy"] - ours["accuracy"]))
            difference["loss"] = max(difference["loss"], abs(score["loss"] / ours["loss"] - 1))
        if turn:  # The first round traces and compiles.
            times.append([elapsed[name] for name in calls])
    if difference["accuracy"] > 1 / len(data[1]) or difference["loss"] > 1e-3:
        raise ValueError(f"The scores differ, by up to {difference}.")
    clock, cpu = np.moveaxis(np.array(times), -1, 0)
    return {
        "case": list(case),
        "rounds": rounds,
        "largest difference": difference,
        "ways": {
            name: {
                "ms": quartiles(clock[:, place]),
                "times": quartiles(clock[:, place] / clock[:, 0]),
                "CPU ms": quartiles(cpu[:, place]),
                "CPU times": quartiles(cpu[:, place] / cpu[:, 0]),
            }
            for place, name in enumerate(calls)
        },
    }


def quartiles(values) -> list[float]:
    return [round(float(value), 3) for value in np.percentile(values, (25, 50, 75))]


def memory(case: tuple, evaluations: int) -> dict[str, list[float]]:
    """Megabytes that the process has grown by, 51 times over the evaluations, by evaluator."""
    supernet, data = prepare(*case)
    evaluators = {
        "as they are": ean.search.SupernetEvaluator(supernet, data),
        "calibrated": ean.search.SupernetEvaluator(supernet, data, calibration=data[0]),
    }
    grown = {}
    for name, evaluator in evaluators.items():
        seen = []
        for index in range(-WARM_UP, evaluations + 1):
            if index >= 0 and index % max(1, evaluations // 50) == 0:
                seen.append(resident())
            evaluator.score([ean.Scheme.random(supernet.stages, seed=WARM_UP + index)])
        grown[name] = [round(megabytes - seen[0], 2) for megabytes in seen]
    return grown


def resident() -> float:
    """Megabytes of memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def draw(results: dict[str, dict]):
    """Memory over evaluations, a line for each backend and evaluator."""
    from matplotlib.figure import Figure

    figure = Figure((6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    for kind, result in results.items():
        for name, grown in result["memory"].items():
            axes.plot(np.linspace(0, result["evaluations"], len(grown)), grown, label=f"{kind}, statistics {name}")
    axes.axhline(10, color="grey", linestyle="--", linewidth=1, label="target: below 10 MB")
    axes.set(xlabel="schemes scored", ylabel="growth of the process, MB", xlim=(0, None), ylim=(-2, 12))
    axes.legend(frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> dict:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--evaluations", type=int, default=2000)
    parser.add_argument("--cases", type=int, default=len(CASES), help="how many of them")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--publish", type=Path, help="JSON file that keeps the results, by backend")
    parser.add_argument("--plot", type=Path, help="PNG file for the memory of the backends in the --publish file")
    options = parser.parse_args(arguments)
    cases, of_memory = ((SMALL,), SMALL) if options.small else (CASES[: options.cases], OF_MEMORY)
    rounds, evaluations = (2, 50) if options.small else (options.rounds, options.evaluations)
    backend, load = keras.backend.backend(), os.getloadavg()[0]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    result = {
        "commit": commit.stdout.strip(),
        "machine": os.environ.get("DEVICE") or f"{os.cpu_count()} {platform.machine()} cores",
        "load before": round(load, 1),
        "versions": {name: metadata.version(name) for name in ("keras", backend)},
        "memory": memory(of_memory, evaluations),
        "evaluations": evaluations,
        "cases": [compare(case, rounds) for case in cases],
    }
    print("| case | way | ms a scheme | over the evaluator | CPU, over the evaluator |\n|---|---|--:|--:|--:|")
    for case in result["cases"]:
        for name, figures in case["ways"].items():
            cells = [spread(figures[key], places) for key, places in (("ms", 0), ("times", 2), ("CPU times", 2))]
            print(f"| {' '.join(map(str, case['case']))} | {name} | {' | '.join(cells)} |")
        print("largest difference of scores:", case["largest difference"])
    for name, grown in result["memory"].items():
        print(
            f"memory over {evaluations} evaluations, statistics {name}: {grown[-1]:+.1f} MB, at most {max(grown):+.1f}"
        )
    kept = json.loads(options.publish.read_text()) if options.publish and options.publish.exists() else {}
    kept[backend] = result
    if options.publish:
        options.publish.write_text(json.dumps(kept, indent=1) + "\n")
    if options.plot:
        draw(kept).savefig(options.plot, dpi=110)
    return result


def spread(figures: list[float], places: int) -> str:
    low, median, high = (f"{figure:.{places}f}" for figure in figures)
    return f"{median} ({low} … {high})"


if __name__ == "__main__":
    main()
