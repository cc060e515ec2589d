"""What folding gates costs in accuracy and saves in time; writes the tables of fold.md.

    python benchmarks/fold.py                            # everything; goes on where it was stopped
    python benchmarks/fold.py --tasks digits-light cue --modules se --seeds 1

Every trained and measured case is kept in a file of its own in --results, and not made again.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_ean as ean
from keras_ean.exporting import Export, export_all, formats
from keras_ean.measure import interleaved
from keras_ean.recipes import Recipe

MODULES = {"se": {"reduction": 4}, "eca": {}, "gct": {}, "ge": {}}
CALIBRATION = 2000
ROUNDS = 200
SAID = "\n## What it says\n"
"""In fold.md, the heading of what is written by hand and stays."""
COLUMNS = {
    "plain": "no attention",
    "live": "live",
    "held": "all at their means",
    "reestimated": "… BatchNorm re-estimated, images not augmented",
    "tuned": "… fine-tuned",
    "kept": "folded within 0.5",
    "mean": '`source="mean"`, folded',
    "learned": '`source="learned"`, folded',
}


@dataclass(frozen=True)
class Task:
    """Images, a backbone and a training."""

    load: Callable[[], ean.data.ImageData]
    backbone: ean.backbones.Backbone
    recipe: Recipe
    adam: bool = False


TASKS = {
    "digits-light": Task(
        lambda: ean.data.load("digits", light=True, train=300, draws=8, test_draws=4),
        ean.backbones.get("resnet20", width=8),
        replace(ean.recipes.get("digits-short"), epochs=24),
    ),
    "cue": Task(
        lambda: ean.data.load("cue"),
        ean.backbones.get("resnet8", width=16),
        Recipe(10, 64, 3e-3, "one_cycle", warmup=0.1, drop_remainder=True),
        adam=True,
    ),
    "cifar10": Task(
        lambda: ean.data.load(".data/cifar10", train=300, validation=100),
        ean.backbones.get("resnet20", width=8),
        replace(ean.recipes.get("cifar-one-cycle"), epochs=40, batch_size=64, rate=0.1, precision="float32"),
    ),
}


def trained(task: Task, network: keras.Model, recipe: Recipe, train: ean.data.Split, seed: int) -> keras.Model:
    """The network, trained in place."""
    batches = recipe.batches(train, seed=seed)
    recipe.compile(network, len(batches), recipe.epochs)
    if task.adam:
        rate = recipe.learning_rate(len(batches), recipe.epochs)
        network.compile(keras.optimizers.Adam(rate), recipe.loss(), jit_compile=ean.backend.jit_compile())
    network.fit(batches, epochs=recipe.epochs, verbose=0)
    return network


def network(task: Task, images: ean.data.ImageData, module: str, source: str | None, seed: int) -> keras.Model:
    """A network with attention everywhere, trained; without any where there is no source."""
    keras.utils.set_random_seed(seed)
    attention = ean.attention.get(module, source=source or "image", **MODULES[module])
    scheme = ean.Scheme.full(task.backbone.stages) if source else ean.Scheme.empty(task.backbone.stages)
    built = ean.build_network(task.backbone, attention, scheme, images.shape, images.classes)
    return trained(task, built, task.recipe, images.train, seed)


def tested(model: keras.Model, images: ean.data.ImageData) -> float:
    """Test top-1 %."""
    x, y = images.test.arrays()
    return 100 * float(np.mean(model.predict(x, verbose=0).argmax(-1) == y))


def plain(task: Task, seed: int) -> dict[str, float]:
    """Of the network without attention."""
    images = task.load()
    return {"plain": tested(network(task, images, "se", None, seed), images)}


def accuracies(task: Task, module: str, seed: int) -> dict[str, float]:
    """Of one network as it is, and in every folded form."""
    images, recipe = task.load(), task.recipe
    x, y = images.validation.arrays()
    calibration = images.train.take(np.random.default_rng(0).permutation(len(images.train))[:CALIBRATION]).arrays()[0]
    live = network(task, images, module, "image", seed)
    within = ean.fold(live, x, y, tolerance=0.5)
    everything = ean.fold(live, x, y, tolerance=100.0)
    reestimated = ean.fold(live, x, y, tolerance=100.0, calibrate=calibration).network
    found = {
        "live": tested(live, images),
        "held": tested(everything.network, images),
        "reestimated": tested(reestimated, images),
        "kept": tested(within.network, images),
        "folded": len(within.folded),
        "gates": len(within.gates),
        "alone": [gate.alone for gate in within.gates],
        "varies": [gate.statistics.varies for gate in within.gates],
    }
    short = replace(recipe, epochs=max(1, recipe.epochs // 8), rate=recipe.rate / 3)
    found["tuned"] = tested(trained(task, reestimated, short, images.train, seed), images)
    for source in ("mean", "learned"):
        found[source] = tested(
            ean.fold(network(task, images, module, source, seed), x, y, tolerance=100.0).network, images
        )
    return found


def times(module: str) -> dict[str, dict[str, tuple[float, float]]]:
    """Per format, the median and interquartile milliseconds of plain, live and folded network, in turns."""
    backbone = ean.backbones.get("resnet20", width=16)
    full, empty = ean.Scheme.full(backbone.stages), ean.Scheme.empty(backbone.stages)
    attention = ean.attention.get(module, **MODULES[module])
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).normal(size=(64, 32, 32, 3)).astype("float32")
    networks = {
        name: ean.build_network(backbone, attention, scheme, (32, 32, 3), 10)
        for name, scheme in (("plain", empty), ("live", full))
    }
    networks["folded"] = ean.fold(networks["live"], images, tolerance=100.0).network
    found = {"Keras, 64": ean.measure.latencies(networks, images, 64, ROUNDS)}
    cases = {
        "SavedModel, 64": ("saved_model", {}, images),
        "ONNX, 64": ("onnx", {}, images),
        "LiteRT, 1": ("litert", {}, images[:1]),
        "LiteRT int8, 1": ("litert", {"quantization": "int8"}, images[:1]),
    }
    with tempfile.TemporaryDirectory() as folder:
        for number, (case, (kind, options, batch)) in enumerate(cases.items()):
            jobs = {
                name: Export(
                    network,
                    f"{folder}/{number}-{name}",
                    formats.get(kind, **options),
                    images,
                    len(batch),
                    tolerance=np.inf,
                    agreement=0,
                )
                for name, network in networks.items()
            }
            receipts = dict(zip(jobs, export_all(list(jobs.values()), verbose=False), strict=True))
            calls = {name: formats.get(kind).read(str(receipt.path)) for name, receipt in receipts.items()}
            found[case] = interleaved({name: (lambda c=call, b=batch: c(b)) for name, call in calls.items()}, ROUNDS)
    return found


def kept(path: Path, make: Callable[[], dict]) -> dict:
    """What the file holds, or what `make` gives, which is written there."""
    if not path.is_file():
        start = time.perf_counter()
        made = {**make(), "seconds": round(time.perf_counter() - start), "commit": commit()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made))
        print(path.stem, made, flush=True)
    return json.loads(path.read_text())


def commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return found.stdout.strip()


def report(results: Path) -> Iterator[str]:
    """fold.md, of all cases there are."""
    cases = {path.stem: json.loads(path.read_text()) for path in sorted(results.glob("*.json"))}
    yield "# What folding costs, and what it saves"
    yield ""
    commits = ", ".join(sorted({case["commit"] for case in cases.values()}))
    yield (
        f"`python benchmarks/fold.py` at {commits} · {platform.machine()}, {os.cpu_count()} cores with other work "
        f"beside, "
        f"TensorFlow, Keras {keras.__version__}, Python {platform.python_version()}, float32"
    )
    yield ""
    yield "## Accuracy"
    yield ""
    yield "Test top-1 %, mean ± standard deviation over the seeds; attention in every block, shared in a stage."
    yield ""
    yield f"| task | module | seeds | {' | '.join(COLUMNS.values())} | gates folded within 0.5 |"
    yield f"|---|---|{'--:|' * (len(COLUMNS) + 2)}"
    for task in TASKS:
        for module in MODULES:
            seeds = [
                {**cases[name.replace(f"-{module}-", "-plain-")], **case}
                for name, case in cases.items()
                if name.startswith(f"{task}-{module}-")
            ]
            if seeds:
                cells = [spread([case[column] for case in seeds]) for column in COLUMNS]
                folded = f"{sum(case['folded'] for case in seeds)} of {sum(case['gates'] for case in seeds)}"
                yield f"| {task} | {module} | {len(seeds)} | {' | '.join(cells)} | {folded} |"
    yield ""
    yield "## Time"
    yield ""
    yield (
        f"Milliseconds of a batch of the size named, median of {ROUNDS} and interquartile range, the three networks "
        "in turns: ResNet-20 of width 16, images of 32×32, attention in all nine blocks."
    )
    yield ""
    yield "| module | format, batch | no attention | live | folded | live costs | folded costs |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for module in MODULES:
        for case, measured in cases.get(f"times-{module}", {}).items():
            if isinstance(measured, dict):
                cells = [f"{median:.2f} ({spread:.2f})" for median, spread in measured.values()]
                base = measured["plain"][0]
                more = [f"{100 * (measured[name][0] / base - 1):+.0f} %" for name in ("live", "folded")]
                yield f"| {module} | {case} | {' | '.join(cells + more)} |"


def spread(values: list[float]) -> str:
    deviation = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{deviation}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=TASKS)
    parser.add_argument("--modules", nargs="*", default=list(MODULES), choices=MODULES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=Path("runs/fold"))
    options = parser.parse_args()
    for task, seed, module in itertools.product(options.tasks, range(options.seeds), options.modules):
        file = options.results / f"{task}-plain-{seed}.json"
        kept(file, lambda task=task, seed=seed: plain(TASKS[task], seed))
        file = options.results / f"{task}-{module}-{seed}.json"
        kept(file, lambda task=task, module=module, seed=seed: accuracies(TASKS[task], module, seed))
    for module in options.modules:
        kept(options.results / f"times-{module}.json", lambda module=module: times(module))
    page, file = "\n".join(report(options.results)) + "\n", Path(__file__).parent / "fold.md"
    _, said, comment = file.read_text().partition(SAID)
    file.write_text(page + said + comment)


if __name__ == "__main__":
    main()
