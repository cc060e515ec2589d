"""What orders schemes best? Supernets of every kind score schemes whose truth a table of EAN-Bench holds.

    python experiments/ranking.py digits-light-8     # goes on where it was stopped; then: experiments/ranking_report.py

A supernet is pre-trained with plain `fit` for so many times the steps of one network's training, and scores 64 schemes
(a quarter of all, by a fractional factorial design of resolution V) as it is, and with BatchNorm statistics
re-estimated per scheme. Supernets of the usual kind also score them after a few tuning steps, and all other schemes,
for searches to be replayed. Besides, networks with one module per block are trained, for the paper's claim about
sharing. Every finished piece is kept in runs/ranking/NAME.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np

from keras_ean import Scheme
from keras_ean.bench import spaces
from keras_ean.bench.spaces import Space
from keras_ean.data import ImageData
from keras_ean.recipes import Recipe
from keras_ean.search import SupernetEvaluator, TrainingEvaluator, TuningEvaluator

# (sampling, pre-training in trainings of one network, weight of distillation)
VARIANTS = (
    ("bernoulli", 1, 0.0),
    ("bernoulli", 4, 0.0),
    ("bernoulli", 8, 0.0),
    ("per_image", 4, 0.0),
    ("fair", 4, 0.0),
    ("sandwich", 4, 0.0),
    ("stratified", 4, 0.0),
    ("bernoulli", 4, 1.0),
)
SEEDS = 5
CALIBRATION = 512
TUNING_STEPS = 8
USUAL = ("bernoulli", 4, 0.0)  # Its supernets also score after tuning, and score all schemes.
UNSHARED = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=spaces.available())
    parser.add_argument("--folder", type=Path, help="default runs/ranking/NAME")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="supernets of each kind")
    parser.add_argument("--last-first", action="store_true", help="a second process, from the other end")
    arguments = parser.parse_args()
    folder = arguments.folder or Path("runs/ranking") / arguments.name
    folder.mkdir(parents=True, exist_ok=True)
    space = spaces.get(arguments.name)
    data = space.load()
    pieces: dict[str, Callable[[], dict]] = {"unshared": lambda: unshared(space, data)}
    for seed in range(arguments.seeds):
        for sampling, times, distill in VARIANTS:
            make = partial(supernet_scores, space, data, sampling, times, distill, seed)
            pieces[f"{sampling}-{times}-{distill}-{seed}"] = make
    for name in reversed(pieces) if arguments.last_first else pieces:
        path = folder / f"{name}.npz"
        if not path.exists():
            keep(path, pieces[name]())
            print(path.name, flush=True)


def design(blocks: int) -> list[int]:
    """Rows of the table with an even number of connections among the blocks of each generator: I = 01236 = 01457."""
    rows = [[number >> (blocks - 1 - block) & 1 for block in range(blocks)] for number in range(2**blocks)]
    generators = ((0, 1, 2, 3, 6), (0, 1, 4, 5, 7))
    return [n for n, row in enumerate(rows) if all(sum(row[block] for block in g) % 2 == 0 for g in generators)]


def keep(path: Path, arrays: dict) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{os.getpid()}-{path.name}")
    np.savez_compressed(fresh, **arrays)
    fresh.replace(path)


def supernet_scores(space: Space, data: ImageData, sampling: str, times: int, distill: float, seed: int) -> dict:
    """Scores of the design's schemes by one supernet, (64,) each, and the CPU seconds spent; if usual, of all."""
    keras.utils.set_random_seed(1000 + seed)
    supernet = space.supernet(data, sampling, seed=seed, distill=distill)
    recipe: Recipe = space.recipe
    batches = recipe.batches(data.train, seed=seed)
    recipe.compile(supernet, len(batches), times * recipe.epochs)
    supernet.train_on_batch(*batches[0])  # Tracing is no part of the costs that grow with the work.
    keras.utils.set_random_seed(2000 + seed)
    fresh = space.supernet(data, sampling, seed=seed, distill=distill)
    supernet.set_weights(fresh.get_weights())
    for variable in supernet.optimizer.variables:
        if variable is not supernet.optimizer._learning_rate:
            variable.assign(np.zeros(variable.shape))
    start = time.process_time()
    supernet.fit(batches, epochs=times * recipe.epochs, shuffle=False, verbose=0)
    spent = {"pretraining": time.process_time() - start}
    validation, stages = data.validation.arrays(), supernet.stages
    images, labels = data.train.arrays()
    chosen = np.random.default_rng(seed).permutation(len(labels))[:CALIBRATION]
    evaluators: dict = {
        "raw": SupernetEvaluator(supernet, validation),
        "calibrated": SupernetEvaluator(supernet, validation, calibration=images[chosen]),
    }
    usual = (sampling, times, distill) == USUAL
    if usual:
        evaluators["tuned"] = TuningEvaluator(supernet, (images, labels), validation, steps=TUNING_STEPS, seed=seed)
    numbers = design(sum(stages))
    every = list(Scheme.every(stages))
    schemes = [every[number] for number in numbers]
    scores: dict = {"numbers": np.array(numbers)}
    for name, evaluator in evaluators.items():
        evaluator.score(schemes[:1])
        start = time.process_time()
        found = evaluator.score(schemes)
        spent[name] = time.process_time() - start
        scores[name] = np.array([score["accuracy"] for score in found], "float32")
        scores[f"{name} loss"] = np.array([score["loss"] for score in found], "float32")
    others = [scheme for number, scheme in enumerate(every) if number not in numbers]
    for name in ("raw", "calibrated") if usual else ():
        accuracy = np.zeros(len(every), "float32")
        accuracy[numbers] = scores[name]
        rest = evaluators[name].score(others)
        accuracy[np.setdiff1d(np.arange(len(every)), numbers)] = [score["accuracy"] for score in rest]
        scores[f"{name} all"] = accuracy
    return {**scores, "seconds": np.array(json.dumps(spent))}


def unshared(space: Space, data: ImageData) -> dict:
    """Test accuracies (schemes, seeds) of the full and of random schemes with a module per block."""
    stages = space.backbone.stages
    schemes = [Scheme.full(stages), *(Scheme.random(stages, 0.5, seed=seed) for seed in range(UNSHARED))]
    schemes = list(dict.fromkeys(schemes))
    own = Space(space.backbone, space.attention, space.data, space.recipe, space.options, space.seeds, share=False)
    evaluator = TrainingEvaluator(own.supernet(data), data.train.arrays(), data.test.arrays(), space.recipe)
    start = time.process_time()
    accuracy = [
        [evaluator.score([scheme], repeat=seed)[0]["accuracy"] for seed in range(space.seeds)] for scheme in schemes
    ]
    return {
        "accuracy": np.array(accuracy),
        "bits": np.array([scheme.bits for scheme in schemes]),
        "seconds": np.array((time.process_time() - start) / np.size(accuracy)),
        "settings": np.array(json.dumps(own.settings())),
    }


if __name__ == "__main__":
    main()
