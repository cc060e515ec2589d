"""Which images BatchNorm statistics are re-estimated on, and what that costs; prints the table of calibration.md.

    python benchmarks/calibration.py              # CIFAR-10, three seeds; goes on where it was stopped
    python benchmarks/calibration.py --seeds 1

Every trained network is a case, kept in a file of its own in --results, and not made again.
"""

import argparse
import itertools
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from fold import CALIBRATION, TASKS, commit, kept, network, spread, tested, trained

import keras_ean as ean
from keras_ean.folding import reestimate

TASK = TASKS["cifar10"]
SCHEMES = 8
"""Random ones, of the supernet."""
COLUMNS = {
    "own": "the training's own",
    "clean": "re-estimated, images as they are",
    "augmented": "re-estimated, cropped and mirrored",
}
CASES = {
    "none": "trained, no attention",
    "everywhere": "trained, SE everywhere",
    "supernet": f"of the supernet: none, everywhere, {SCHEMES} random",
}


def seen(images: ean.data.ImageData) -> dict[str, np.ndarray]:
    """Training images, the same ones, as they are and as the training sees them."""
    rows = np.random.default_rng(0).permutation(len(images.train))[:CALIBRATION]
    chosen = images.train.take(rows)
    return {"clean": chosen.arrays()[0], "augmented": TASK.recipe.augmented(chosen)}


def of_network(source: str | None, seed: int) -> dict[str, list[float]]:
    """Test top-1 % of one network with each kind of statistics."""
    images = TASK.load()
    model = network(TASK, images, "se", source, seed)
    weights, found = model.get_weights(), {"own": [tested(model, images)]}
    for name, calibration in seen(images).items():
        model.set_weights(weights)
        reestimate(model, calibration)
        found[name] = [tested(model, images)]
    return found


def of_supernet(seed: int) -> dict[str, list[float]]:
    """Test top-1 % of schemes in a supernet that was trained like a network."""
    images = TASK.load()
    keras.utils.set_random_seed(seed)
    supernet = ean.build_supernet(TASK.backbone, "se", images.shape, images.classes, seed=seed)
    trained(TASK, supernet, TASK.recipe, images.train, seed)
    stages, draw = supernet.stages, np.random.default_rng(seed)
    schemes = [ean.Scheme.empty(stages), ean.Scheme.full(stages)]
    schemes += [ean.Scheme(draw.integers(0, 2, sum(stages)).tolist(), stages) for _ in range(SCHEMES)]
    return {
        name: [tested(supernet.extract(scheme, calibrate=calibration), images) for scheme in schemes]
        for name, calibration in {"own": None, **seen(images)}.items()
    }


MADE: dict[str, Callable[[int], dict[str, list[float]]]] = {
    "none": lambda seed: of_network(None, seed),
    "everywhere": lambda seed: of_network("image", seed),
    "supernet": of_supernet,
}


def table(results: Path) -> str:
    """calibration.md's, of all cases there are."""
    lines = [
        f"`python benchmarks/calibration.py` at {commit()} · {platform.machine()}, one core of {os.cpu_count()}, "
        f"TensorFlow, Keras {keras.__version__}, Python {platform.python_version()}",
        "",
        f"| CIFAR-10, ResNet-20 of width 8 | seeds | {' | '.join(COLUMNS.values())} |",
        f"|---|{'--:|' * (1 + len(COLUMNS))}",
    ]
    for case, title in CASES.items():
        if found := [json.loads(path.read_text()) for path in sorted(results.glob(f"{case}-*.json"))]:
            cells = [spread([float(np.mean(one[column])) for one in found]) for column in COLUMNS]
            lines.append(f"| {title} | {len(found)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=Path("runs/calibration"))
    options = parser.parse_args()
    for seed, case in itertools.product(range(options.seeds), CASES):
        kept(options.results / f"{case}-{seed}.json", lambda case=case, seed=seed: MADE[case](seed))
    print(table(options.results))


if __name__ == "__main__":
    main()
