"""Transfer: networks trained on one half of a data set's classes, carried over to the other half.

    python experiments/transfer.py [--data .data/cifar10] [--seeds 3] [--epochs 12] [--quick] [--publish]

On the first half of the classes a supernet is trained, a scheme searched, and the plain backbone, shared attention in
every block and the found scheme are trained from scratch. Each is then transferred to few images of the second half,
with its backbone frozen, fine-tuned, and, for comparison, trained there from scratch.
"""

import tempfile
from dataclasses import dataclass, replace
from typing import Annotated

import keras
import numpy as np
import typer
from run import keep

import keras_ean as ean
from keras_ean import data, recipes
from keras_ean.run.report import mean_spread

MODES = ("frozen", "fine-tuned", "from scratch")


@dataclass(frozen=True)
class Sizes:
    """How much is done; images are per class."""

    train: int = 500
    few: int = 50
    supernet_epochs: int = 24
    epochs: int = 12
    transfer_epochs: int = 24
    trials: int = 60
    backbone: str = "resnet20"
    width: int = 8


QUICK = Sizes(train=20, few=10, supernet_epochs=1, epochs=1, transfer_epochs=1, trials=3, backbone="resnet8", width=4)


def half(whole: data.ImageData, first: bool) -> data.ImageData:
    """The images of the first or second half of the classes, labelled from 0."""
    middle = whole.classes // 2
    start, end = (0, middle) if first else (middle, whole.classes)

    def part(split: data.Split) -> data.Split:
        split = split.take(np.flatnonzero((split.labels >= start) & (split.labels < end)))
        return replace(split, labels=split.labels - np.int32(start))

    splits = {name: part(getattr(whole, name)) for name in ("train", "validation", "test")}
    return replace(whole, class_names=whole.class_names[start:end], **splits)


def few(split: data.Split, number: int, seed: int) -> data.Split:
    """`number` images of each class, drawn by `seed`."""
    order = np.random.default_rng(seed).permutation(len(split))
    drawn = [order[split.labels[order] == label][:number] for label in np.unique(split.labels)]
    return split.take(np.concatenate(drawn))


def trained(model: keras.Model, split: data.Split, recipe: recipes.Recipe, epochs: int, seed: int) -> keras.Model:
    batches = recipe.batches(split, seed=seed)
    recipe.compile(model, len(batches), epochs)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return model


def accuracy(model: keras.Model, split: data.Split) -> float:
    return model.evaluate(split.batches(256), verbose=0, return_dict=True)["accuracy"]


def found_scheme(source: data.ImageData, backbone, attention, recipe: recipes.Recipe, sizes: Sizes) -> ean.Scheme:
    """The scheme that a search on the source names."""
    keras.utils.set_random_seed(0)
    supernet = ean.build_supernet(backbone, attention, source.shape, source.classes, seed=0)
    trained(supernet, source.train, recipe, sizes.supernet_epochs, seed=0)
    oracle = ean.search.get("surrogate", max_steps=sizes.trials, seed=0, sparsity_weight=0.005)
    images, _ = few(source.train, 100, seed=0).arrays()
    with tempfile.TemporaryDirectory() as folder:
        tuner = ean.search.SchemeTuner(supernet, oracle, directory=folder, calibration=images)
        tuner.search(source.validation.arrays(), verbose=0)
        return tuner.conclusion().scheme or tuner.best_scheme()


def transfers(whole: data.ImageData, sizes: Sizes, seeds: int, say=print) -> list[dict]:
    """One dict per network, mode and seed, with the test accuracy (0 … 1) on the second half's classes."""
    source, target = half(whole, first=True), half(whole, first=False)
    augmentation = data.CropFlip(4) if min(whole.shape[:2]) >= 32 else None
    # Small sets need more steps than the recipe's batch of 256 gives.
    recipe = replace(
        recipes.get("cifar-one-cycle"), batch_size=64, rate=0.1, augmentation=augmentation, precision="float32"
    )
    head = replace(recipe, weight_decay=0.0, label_smoothing=0.0)
    backbone = ean.backbones.get(sizes.backbone, width=sizes.width)
    attention = ean.attention.get("se", reduction=4)
    scheme = found_scheme(source, backbone, attention, recipe, sizes)
    say(f"source: {source}\ntarget: {target}\nfound on the source: {scheme}")
    schemes = {
        "plain": ean.Scheme.empty(backbone.stages),
        "shared": ean.Scheme.full(backbone.stages),
        "found": scheme,
    }
    rows = []
    for seed in range(seeds):
        images = few(target.train, sizes.few, seed)
        for name, bits in schemes.items():
            keras.utils.set_random_seed(seed)
            network = ean.build_network(backbone, attention, bits, source.shape, source.classes)
            trained(network, source.train, recipe, sizes.epochs, seed)
            for mode in MODES:
                model = ean.transfer(network, target.classes, frozen=mode == "frozen")
                if mode == "from scratch":
                    model = ean.build_network(backbone, attention, bits, target.shape, target.classes)
                trained(model, images, head if mode == "frozen" else recipe, sizes.transfer_epochs, seed)
                figures = {"source": accuracy(network, source.test), "accuracy": accuracy(model, target.test)}
                rows.append({"network": name, "scheme": str(bits), "mode": mode, "seed": seed, **figures})
                say(rows[-1])
    return rows


def table(rows: list[dict]) -> str:
    """Markdown: test accuracy in percent, mean ± standard deviation over the seeds."""

    def cell(values: list[float]) -> str:
        return mean_spread([100 * value for value in values])

    lines = [f"| network | scheme | first half | {' | '.join(MODES)} |", "|---|---|--:|--:|--:|--:|"]
    for name in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == name]
        modes = [cell([row["accuracy"] for row in own if row["mode"] == mode]) for mode in MODES]
        source = cell([row["source"] for row in own if row["mode"] == MODES[0]])
        lines.append(f"| {name} | `{own[0]['scheme']}` | {source} | {' | '.join(modes)} |")
    return "\n".join(lines)


def main(
    source: Annotated[str, typer.Option("--data", help="Name or folder, of ean.data.load.")] = ".data/cifar10",
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of a network; of the supernet, 24 or as many.")] = None,
    quick: Annotated[bool, typer.Option(help="Everything in small, to try it out.")] = False,
    publish: Annotated[bool, typer.Option(help="Keep the result in experiments/results.")] = False,
) -> None:
    """Run the experiment."""
    sizes = QUICK if quick else Sizes()
    if epochs is not None:
        sizes = replace(sizes, epochs=epochs, supernet_epochs=max(sizes.supernet_epochs, epochs))
    whole = data.load(source, train=sizes.train, validation=100)
    rows = transfers(whole, sizes, seeds)
    print(table(rows))
    if publish:
        keep("transfer", rows, data=source, sizes=vars(sizes))


if __name__ == "__main__":
    typer.run(main)
