"""How much noise is left in the difference of two schemes, by what their trainings have in common; for scorers.md.

    python benchmarks/pairing.py digits-light-8 --epochs 24      # goes on where it was stopped

Some schemes of a space of EAN-Bench are trained with several seeds: with the same initial weights, each in an order of
the images of its own, as the tables were made; and in the same order too. Two schemes' accuracies differ by their worth
and by noise, whose variance over seeds is told; with nothing in common it is the sum of their own variances.
"""

import argparse
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_ean import Scheme
from keras_ean.bench import spaces
from keras_ean.search import TrainingEvaluator

SCHEMES, SEEDS = 6, 6


def accuracies(space: spaces.Space, common: bool, file: Path) -> np.ndarray:
    """Percent of the test images, (schemes, seeds); every training is kept in the file."""
    kept = json.loads(file.read_text()) if file.is_file() else {}
    images, stages = space.load(), space.backbone.stages
    evaluator = TrainingEvaluator(
        space.supernet(images), images.train.arrays(), images.test.arrays(), space.recipe, common_order=common
    )
    schemes = [Scheme.empty(stages), Scheme.full(stages)]
    schemes += [Scheme.random(stages, seed=seed) for seed in range(SCHEMES - len(schemes))]
    for (number, scheme), seed in itertools.product(enumerate(schemes), range(SEEDS)):
        name = f"{number} {seed}"
        if name not in kept:
            kept[name] = 100 * evaluator.score([scheme], repeat=seed)[0]["accuracy"]
            file.write_text(json.dumps(kept))
    return np.array([[kept[f"{number} {seed}"] for seed in range(SEEDS)] for number in range(len(schemes))])


def noise(accuracy: np.ndarray, paired: bool) -> float:
    """Standard deviation, in points, of the difference of two schemes over seeds, over all pairs of schemes."""
    own = accuracy.var(axis=1, ddof=1)
    pairs = list(itertools.combinations(range(len(accuracy)), 2))
    together = [(accuracy[i] - accuracy[j]).var(ddof=1) for i, j in pairs]
    return float(np.sqrt(np.mean(together if paired else [own[i] + own[j] for i, j in pairs])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=spaces.available())
    parser.add_argument("--epochs", type=int, help="default: those of the space")
    parser.add_argument("--results", type=Path, default=Path("runs/pairing"))
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    space = spaces.get(options.name)
    epochs = options.epochs or space.recipe.epochs
    space = replace(space, recipe=replace(space.recipe, epochs=epochs))
    own, common = (
        accuracies(space, same, options.results / f"{options.name}-{epochs}-{'common' if same else 'own'}.json")
        for same in (False, True)
    )
    print(f"{options.name}, {epochs} epochs, {SCHEMES} schemes, {SEEDS} seeds; noise of a difference, points:")
    print(f"nothing in common {noise(own, False):.2f}")
    print(f"initial weights in common {noise(own, True):.2f}")
    print(f"initial weights and order of the images in common {noise(common, True):.2f}")


if __name__ == "__main__":
    main()
