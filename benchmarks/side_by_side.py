"""None, everywhere, at random, found and folded on the whole of CIFAR-10, trained side by side on one GPU, with JAX.

    KERAS_BACKEND=jax python benchmarks/side_by_side.py --minutes 8     # ResNet-20; goes on where it was stopped
    KERAS_BACKEND=jax python benchmarks/side_by_side.py --backbone resnet32 --epochs 30 60 90

An epoch of four networks is timed, one after another and in one vectorised computation; the faster way is taken. Then a
supernet is trained, and all its schemes are scored on the validation images; the highest is the found one. Then, seed
by seed, four networks are trained from scratch, from equal weights, on the same images in the same order. A seed that
does not fit into the minutes is not begun; its weights are kept in a file of its own in --results, and while some are
missing, the exit status is 75. Last come the answers on the test images, and the gates of two networks are folded,
which needs no GPU: with --train-only, this is left to a later call, on another machine too.
--small takes all steps on digits.
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
COMPARED = ("none", "everywhere", "random", "found")
TITLES = (*COMPARED, *FOLDED.values())


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

    def trainings(self, epochs: int, at_once: int) -> TrainingEvaluator:
        """Networks of a seed start from equal weights, and see the same images in the same order, crops included."""
        options = {"epochs": epochs, "side_by_side": at_once, "common_order": True}
        return TrainingEvaluator(self.supernet(), self.images.train, self.images.validation, self.recipe, **options)


def task(backbone: str, small: bool) -> Task:
    recipe = replace(ean.recipes.get("cifar-one-cycle"), drop_remainder=True)
    if small:
        images, backbone, width = ean.data.load("digits", train=640), "resnet8", 4
        recipe = replace(recipe, batch_size=64, precision="float32")
    else:
        images, width = ean.data.load(".data/cifar10"), 16
    return Task(images, ean.backbones.get(backbone, width=width), recipe)


def fastest(task: Task) -> dict:
    """Whether networks train one after another, or the four of a seed at once: the faster by an epoch of four."""
    ways, facts = {}, {}
    for number in (1, len(COMPARED)):
        try:
            ways[number], compiling = epoch_of_four(task, number)
        except Exception as reason:  # One after another is the way that is left.
            if number == 1:
                raise
            facts[f"{number} at once"] = str(reason)[:200]
        else:
            facts |= {
                f"{number} at once: s an epoch of four": ways[number],
                f"{number} at once: s to compile": compiling,
            }
    return {"at once": min(ways, key=ways.__getitem__), "an epoch of four": min(ways.values()), **facts}


def epoch_of_four(task: Task, at_once: int) -> tuple[float, float]:
    """Seconds of an epoch of four networks, and those by which the first epoch of one call is longer."""
    evaluator, times = task.trainings(3, at_once), [time.perf_counter()]
    for state in evaluator.train([ean.Scheme.full(task.backbone.stages)] * at_once):
        keras.tree.map_structure(lambda value: value.block_until_ready(), state)
        times.append(time.perf_counter())
    first, *others = (float(one) for one in np.diff(times))
    return round(len(COMPARED) / at_once * min(others), 3), round(first - min(others), 1)


def found(task: Task, epochs: int, weights: Path) -> dict:
    """The scheme that a supernet of one training names, exactly, and what it took; its weights are kept in a file."""
    supernet, images, start = task.supernet(), task.images, time.perf_counter()
    batches = task.recipe.batches(images.train)
    task.recipe.compile(supernet, len(batches), epochs)
    OnDevice(supernet, batches).fit(epochs=epochs, verbose=0)
    trained = time.perf_counter() - start
    supernet.save_weights(weights)
    chosen = images.train.take(np.random.default_rng(0).permutation(len(images.train))[:CALIBRATION])
    calibration = task.recipe.augmented(chosen)
    evaluator = SupernetEvaluator(supernet, images.validation, calibration=calibration)
    schemes = list(ean.Scheme.every(task.backbone.stages))
    start = time.perf_counter()
    scores = np.array([score["accuracy"] for score in evaluator.score(schemes)])
    near = [schemes[row] for row in np.flatnonzero(scores >= scores.max() - TOLERANCE)]
    cheapest = min(near, key=lambda scheme: sum(scheme.bits))
    # Of several, the one with the fewest connections.
    highest = max(zip(scores, schemes, strict=True), key=lambda pair: (pair[0], -sum(pair[1].bits)))[1]
    return {
        "scheme": str(highest),
        "cheapest within half a point": str(cheapest),
        "supernet, seconds": round(trained, 1),
        "search, seconds": round(time.perf_counter() - start, 1),
        "schemes in one pass": evaluator.schemes_per_pass,
        "none": float(scores[0]),
        "everywhere": float(scores[-1]),
        "highest": float(scores.max()),
        "scores": [round(float(score), 5) for score in scores],
    }


def compared(task: Task, scheme: ean.Scheme, seed: int) -> dict[str, ean.Scheme]:
    stages = task.backbone.stages
    random = ean.Scheme.random(stages, scheme.density, seed=seed)
    return dict(zip(COMPARED, (ean.Scheme.empty(stages), ean.Scheme.full(stages), random, scheme), strict=True))


def trained(task: Task, scheme: ean.Scheme, evaluator: TrainingEvaluator, seed: int, file: Path) -> None:
    """Trains the networks of a seed, and keeps their weights in a file."""
    schemes, values, start = list(compared(task, scheme, seed).values()), {}, time.perf_counter()
    for first in range(0, len(schemes), evaluator.side_by_side):
        group = schemes[first : first + evaluator.side_by_side]
        *_, state = evaluator.train(group, seed)
        print(f"seed {seed}:", evaluator.accuracy(state, group, *evaluator.validation).round(4), flush=True)
        for row in range(len(group)):
            for part, leaves in zip(("trainable", "fixed"), state, strict=False):
                kept = [np.asarray(leaf if evaluator.side_by_side == 1 else leaf[row]) for leaf in leaves]
                values |= {f"{COMPARED[first + row]} {part} {place}": leaf for place, leaf in enumerate(kept)}
    np.savez(file.with_suffix(".part.npz"), seconds=time.perf_counter() - start, **values)
    file.with_suffix(".part.npz").replace(file)


def of_seed(task: Task, scheme: ean.Scheme, seed: int, file: Path) -> dict:
    """Which test images each network of a seed gets right, (images,), and which of its gates are folded."""
    values = np.load(file)
    (x, y), held_out = task.images.test.arrays(), task.images.validation.arrays()
    supernet = replace(task, recipe=replace(task.recipe, precision="float32")).supernet()
    body, answers, folded = supernet.body, {}, {}
    for name, chosen in compared(task, scheme, seed).items():
        trainable, fixed = (
            [
                values[f"{name} {part} {place}"]
                for place in range(sum(one.startswith(f"{name} {part} ") for one in values))
            ]
            for part in ("trainable", "fixed")
        )
        # Of what is no statistic, the seeds of the augmentation alone are in the state.
        statistics = [value for value in fixed if np.issubdtype(value.dtype, np.floating)]
        for variables, kept in ((body.trainable_variables, trainable), (body.non_trainable_variables, statistics)):
            for variable, value in zip(variables, kept, strict=True):
                variable.assign(value)
        answers[name] = supernet.predict(x, batch_size=1000, verbose=0, scheme=chosen).argmax(axis=-1) == y
        if (title := FOLDED.get(name)) and any(chosen.bits):
            network = supernet.extract(chosen)
            result = ean.fold(network, *held_out, tolerance=100 * TOLERANCE, batch_size=1000)
            answers[title], folded[title] = right(result.network, x, y), [len(result.folded), len(result.gates)]
    return {
        "answers": {name: np.packbits(one).tobytes().hex() for name, one in answers.items()},
        "images": len(y),
        "folded": folded,
        "seconds": round(float(values["seconds"]), 1),
    }


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
        if name in kept[0]["answers"]
    }
    scores = PairedScores({name: each.astype(bool) for name, each in answers.items()})
    yield f"supernet and search: { {name: value for name, value in facts.items() if name != 'scores'} }"
    yield f"| network | top-1 % of {len(kept)} seeds | over none, points (95 %) | gates folded |"
    yield "|---|--:|--:|--:|"
    for name in answers:
        each = 100 * answers[name].mean(axis=1)
        over = scores.difference(name, "none")
        less = "" if name == "none" else f"{100 * over.value:+.2f} ({100 * over.low:+.2f} to {100 * over.high:+.2f})"
        folds = ", ".join(
            f"{one['folded'][name][0]} of {one['folded'][name][1]}" for one in kept if name in one["folded"]
        )
        yield f"| {name} | {each.mean():.2f} ± {each.std(ddof=min(1, len(kept) - 1)):.2f} | {less} | {folds} |"
    yield f"seconds of the four trainings of a seed: {[one['seconds'] for one in kept]}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="resnet20")
    parser.add_argument(
        "--epochs", type=int, nargs="+", default=[30], help="the most of these with which three seeds fit the minutes"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=np.inf)
    parser.add_argument("--results", type=Path, default=Path("runs/side_by_side"))
    parser.add_argument("--train-only", action="store_true", help="leave tests and folding to a call without it")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args(arguments)
    if keras.backend.backend() != "jax":
        parser.error("networks train side by side on JAX: set KERAS_BACKEND=jax")
    end = time.perf_counter() + 60 * options.minutes
    asked = task(options.backbone, options.small)
    name = f"{options.backbone}{'-small' * options.small}"
    options.results.mkdir(parents=True, exist_ok=True)
    about = options.results / f"{name}.json"
    facts = json.loads(about.read_text()) if about.is_file() else {}
    files = [options.results / f"{name}-{seed}.npz" for seed in range(options.seeds)]
    if not all(file.is_file() for file in files):
        with asked.recipe.policy():
            if not facts:
                facts = fastest(asked)
                # A supernet takes as long as two networks, and no step of `fit` less than 8 ms.
                supernet = max(facts["an epoch of four"] / 2, 0.008 * len(asked.recipe.batches(asked.images.train)))
                fitting = 0.9 * (end - time.perf_counter()) / (3 * facts["an epoch of four"] + supernet)
                epochs = max((one for one in options.epochs if one <= fitting), default=min(options.epochs))
                print(facts, f"{epochs} epochs, of {fitting:.0f} that fit", flush=True)
                facts |= {"epochs": epochs, **found(asked, epochs, options.results / f"{name}.weights.h5")}
                about.write_text(json.dumps(facts))
            evaluator, longest = asked.trainings(facts["epochs"], facts["at once"]), 0.0
            for seed, file in enumerate(files):
                begun = time.perf_counter()
                if file.is_file():
                    continue
                if begun + longest > end:
                    break
                trained(asked, ean.Scheme(facts["scheme"]), evaluator, seed, file)
                longest = max(longest, time.perf_counter() - begun)
    print({key: value for key, value in facts.items() if key != "scores"}, flush=True)
    files = [file for file in files if file.is_file()]
    if not options.train_only:
        kept = []
        for seed, file in enumerate(files):
            judged = file.with_suffix(".json")
            if not judged.is_file():
                judged.write_text(json.dumps(of_seed(asked, ean.Scheme(facts["scheme"]), seed, file)))
            kept.append(json.loads(judged.read_text()))
        print("\n".join(table(kept, facts)) if kept else "no seed fitted into the minutes")
    return 0 if len(files) == options.seeds else 75


if __name__ == "__main__":
    sys.exit(main())
