"""None, everywhere, at random, found and folded on the whole of CIFAR-10, trained side by side on one GPU, with JAX.

    KERAS_BACKEND=jax python benchmarks/side_by_side.py --minutes 8     # ResNet-20; goes on where it was stopped
    KERAS_BACKEND=jax python benchmarks/side_by_side.py --backbone resnet32 --epochs 60

First a supernet is trained, and the cheapest of all its schemes is found whose score on the validation images is within
half a point of the highest. Then, seed by seed, four networks are trained from scratch in one vectorised computation,
from equal weights, and the gates of two of them are folded. A seed that does not fit into the minutes is not begun.
Every seed is kept in a file of its own in --results; while some are missing, the exit status is 75. --small takes all
steps on digits, on a CPU too.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

import keras_ean as ean
from keras_ean.data import OnDevice
from keras_ean.measure import PairedScores
from keras_ean.search import SupernetEvaluator, TrainingEvaluator
from keras_ean.supernet import Supernet

TOLERANCE, CALIBRATION = 0.005, 2000
FOLDED = {"everywhere": "everywhere, folded", "found": "found, folded"}
TITLES = ("none", "everywhere", "random", "found", *FOLDED.values())


@dataclass(frozen=True)
class Task:
    """Images, a backbone and a recipe."""

    images: ean.data.ImageData
    backbone: ean.backbones.Backbone
    recipe: ean.recipes.Recipe

    def supernet(self, seed: int = 0) -> Supernet:
        with self.recipe.policy():
            keras.utils.set_random_seed(seed)
            attention = ean.attention.get("se", reduction=4)
            return ean.build_supernet(self.backbone, attention, self.images.shape, self.images.classes, seed=seed)


def task(backbone: str, epochs: int | None, small: bool) -> Task:
    recipe = ean.recipes.get("cifar-one-cycle")
    if small:
        images, backbone, width = ean.data.load("digits", train=640), "resnet8", 4
        recipe = replace(recipe, epochs=2, batch_size=64, precision="float32")
    else:
        images, width = ean.data.load(".data/cifar10"), 16
    return Task(images, ean.backbones.get(backbone, width=width), replace(recipe, epochs=epochs or recipe.epochs))


def found(task: Task) -> dict:
    """The scheme that a supernet of one training names, exactly, and what it took."""
    supernet, images, start = task.supernet(), task.images, time.perf_counter()
    batches = task.recipe.batches(images.train)
    task.recipe.compile(supernet, len(batches), task.recipe.epochs)
    OnDevice(supernet, batches).fit(epochs=task.recipe.epochs, verbose=0)
    trained = time.perf_counter() - start
    chosen = images.train.take(np.random.default_rng(0).permutation(len(images.train))[:CALIBRATION])
    calibration = task.recipe.augmented(chosen)
    evaluator = SupernetEvaluator(supernet, images.validation, calibration=calibration)
    schemes = list(ean.Scheme.every(task.backbone.stages))
    scores = np.array([score["accuracy"] for score in evaluator.score(schemes)])
    near = [schemes[row] for row in np.flatnonzero(scores >= scores.max() - TOLERANCE)]
    named = min(near, key=lambda scheme: sum(scheme.bits))
    return {
        "scheme": str(named),
        "supernet, seconds": round(trained, 1),
        "search, seconds": round(time.perf_counter() - start - trained, 1),
        "none": float(scores[0]),
        "everywhere": float(scores[-1]),
        "highest": float(scores.max()),
    }


def of_seed(task: Task, scheme: ean.Scheme, evaluator: TrainingEvaluator, seed: int) -> dict:
    """Which test images each network gets right, (images,), its accuracy after every epoch, and what was folded."""
    stages, start = task.backbone.stages, time.perf_counter()
    schemes = {
        "none": ean.Scheme.empty(stages),
        "everywhere": ean.Scheme.full(stages),
        "random": ean.Scheme.random(stages, scheme.density, seed=seed),
        "found": scheme,
    }
    (x, y), held_out = task.images.test.arrays(), task.images.validation.arrays()
    curve = []
    for state in evaluator.train(list(schemes.values()), seed):
        curve.append([round(100 * one, 2) for one in evaluator.accuracy(state, list(schemes.values()), x, y)])
    trained = time.perf_counter() - start
    answers, folded = {}, {}
    for row, (name, chosen) in enumerate(schemes.items()):
        network = extracted(task, chosen, [[leaf[row] for leaf in part] for part in state])
        answers[name] = right(network, x, y)
        if title := FOLDED.get(name):
            result = ean.fold(network, *held_out, tolerance=100 * TOLERANCE, batch_size=1000)
            answers[title], folded[title] = right(result.network, x, y), [len(result.folded), len(result.gates)]
    return {
        "answers": {name: np.packbits(one).tobytes().hex() for name, one in answers.items()},
        "images": len(y),
        "curve": curve,
        "folded": folded,
        "seconds": round(trained, 1),
    }


def extracted(task: Task, scheme: ean.Scheme, state: list) -> keras.Model:
    """The network of a scheme with the values of a training, in float32."""
    trainable, fixed, _ = state
    supernet = replace(task, recipe=replace(task.recipe, precision="float32")).supernet()
    # Of what is no statistic, the seeds of the augmentation alone are in the state.
    statistics = [
        value for value in fixed if keras.backend.is_float_dtype(keras.backend.standardize_dtype(value.dtype))
    ]
    for variables, values in (
        (supernet.body.trainable_variables, trainable),
        (supernet.body.non_trainable_variables, statistics),
    ):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    return supernet.extract(scheme)


def right(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return network.predict(images, batch_size=1000, verbose=0).argmax(axis=-1) == labels


def table(kept: list[dict], facts: dict) -> Iterator[str]:
    """Accuracies, and differences to none with their intervals."""
    answers = {
        name: np.stack(
            [
                np.unpackbits(np.frombuffer(bytes.fromhex(one["answers"][name]), "uint8"))[: one["images"]]
                for one in kept
            ]
        )
        for name in TITLES
    }
    scores = PairedScores({name: each.astype(bool) for name, each in answers.items()})
    yield f"supernet and search: {facts}"
    yield f"| network | top-1 % of {len(kept)} seeds | over none, points (95 %) | gates folded |"
    yield "|---|--:|--:|--:|"
    for name in TITLES:
        each = 100 * answers[name].mean(axis=1)
        over = scores.difference(name, "none")
        less = "" if name == "none" else f"{100 * over.value:+.2f} ({100 * over.low:+.2f} to {100 * over.high:+.2f})"
        folds = ", ".join(
            f"{one['folded'][name][0]} of {one['folded'][name][1]}" for one in kept if name in one["folded"]
        )
        yield f"| {name} | {each.mean():.2f} ± {each.std(ddof=min(1, len(kept) - 1)):.2f} | {less} | {folds} |"
    yield f"seconds of four trainings side by side: {[one['seconds'] for one in kept]}"
    yield f"after each epoch, %, first seed (none, everywhere, random, found): {kept[0]['curve']}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="resnet20")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=np.inf)
    parser.add_argument("--results", type=Path, default=Path("runs/side_by_side"))
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args(arguments)
    if keras.backend.backend() != "jax":
        parser.error("networks train side by side on JAX: set KERAS_BACKEND=jax")
    end = time.perf_counter() + 60 * options.minutes
    asked = task(options.backbone, options.epochs, options.small)
    name = f"{options.backbone}-{asked.recipe.epochs}{'-small' * options.small}"
    options.results.mkdir(parents=True, exist_ok=True)
    file, kept = options.results / f"{name}.json", []
    if not file.is_file():
        file.write_text(json.dumps(found(asked)))
    facts = json.loads(file.read_text())
    print(facts, flush=True)
    with asked.recipe.policy():
        evaluator = TrainingEvaluator(
            asked.supernet(), asked.images.train, asked.images.validation, asked.recipe, side_by_side=4
        )
        longest = 0.0
        for seed in range(options.seeds):
            file, start = options.results / f"{name}-{seed}.json", time.perf_counter()
            if not file.is_file():
                if start + longest > end:
                    break
                file.write_text(json.dumps(of_seed(asked, ean.Scheme(facts["scheme"]), evaluator, seed)))
                longest = max(longest, time.perf_counter() - start)
            kept.append(json.loads(file.read_text()))
    print("\n".join(table(kept, facts)) if kept else "no seed fitted into the minutes")
    return 0 if len(kept) == options.seeds else 75


if __name__ == "__main__":
    sys.exit(main())
