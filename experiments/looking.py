"""Does attention make a network look at what matters? Deletion and insertion curves of Grad-CAM maps.

    python experiments/looking.py [folder]

Digits under random light, ResNet-20 of width 8, SE with reduction 4: networks without attention, with it in two blocks
that a search of the demo found (`010 000 001`), and in all nine, each trained from scratch with three seeds. For each
the areas under both curves over 200 test images that it classifies rightly, for the right class, and the same with
pixels in random order. What each gives is kept, and the same command goes on. One core: about five minutes.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

import keras_ean as ean

SCHEMES = {"none": "000 000 000", "found": "010 000 001", "everywhere": "111 111 111"}
SEEDS, EPOCHS, IMAGES, STEPS = 3, 12, 200, 16


def trained(scheme: str, images: ean.data.ImageData, seed: int, epochs: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    recipe = ean.recipes.get("digits-short")
    backbone = ean.backbones.get("resnet20", width=8)
    network = ean.build_network(backbone, ean.attention.get("se", reduction=4), scheme, images.shape, images.classes)
    batches = recipe.batches(images.train, seed=seed)
    recipe.compile(network, len(batches), epochs)
    network.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return network


def looked(network: keras.Model, test: ean.data.Split, number: int, steps: int) -> dict[str, float]:
    """Accuracy, and the areas under both curves: mean over images, of the network's maps and of random ones."""
    x, y = test.arrays()
    right = network.predict(x, verbose=0).argmax(-1) == y
    chosen, labels = x[right][:number], y[right][:number]
    maps = {
        "grad-cam": ean.gradcam(network, chosen, labels=labels),
        "random": np.random.default_rng(0).random(chosen.shape[:3]),
    }
    found = {"accuracy": float(right.mean())}
    for name, values in maps.items():
        curves = ean.measure.deletion_insertion(network, chosen, values, labels, steps)
        for what, area in (("deletion", curves.deletion_area), ("insertion", curves.insertion_area)):
            found |= {f"{name} {what}": float(area.mean()), f"{name} {what} of images": float(area.std())}
    return found


def experiment(folder: Path, seeds: int, epochs: int, images: int, steps: int) -> dict[str, list[dict[str, float]]]:
    data = ean.data.load("digits", light=True, train=300)
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in range(seeds):
        for name, scheme in SCHEMES.items():
            file = folder / f"{name}-{seed}.json"
            if not file.is_file():
                found = looked(trained(scheme, data, seed, epochs), data.test, images, steps)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(found, indent=2) + "\n")
            rows.setdefault(name, []).append(json.loads(file.read_text()))
    return rows


def table(rows: dict[str, list[dict[str, float]]]) -> str:
    """Mean ± standard deviation over seeds; in brackets that over images."""
    columns = [f"{maps} {what}" for maps in ("grad-cam", "random") for what in ("deletion", "insertion")]
    lines = [
        "| network | top-1 % | Grad-CAM: deletion ↓ | insertion ↑ | random order: deletion | insertion |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, found in rows.items():
        accuracy = 100 * np.array([row["accuracy"] for row in found])
        cells = [f"{accuracy.mean():.1f} ± {accuracy.std():.1f}"]
        for column in columns:
            area = np.array([row[column] for row in found])
            cells.append(
                f"{area.mean():.3f} ± {area.std():.3f} ({np.mean([r[f'{column} of images'] for r in found]):.2f})"
            )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/looking")
    print(table(experiment(place, SEEDS, EPOCHS, IMAGES, STEPS)))
