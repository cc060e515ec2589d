"""Does the short recipe reach the accuracy of the paper's in a fraction of its epochs?

    python experiments/short_recipe.py [--train 500] [--network resnet20] [--width 8] [--seeds 3] [--publish]
                                       [--epochs 180] [--short 15,30,60] [--minutes 9] [--out runs/short_recipe]

Trains one network without attention by `resnet164-cifar` (the paper's: SGD 0.1, ×0.1 at one and two thirds) and by
`cifar-one-cycle` with several numbers of epochs, over several seeds, on `train` images per class of CIFAR-10. Every
training is kept when it ends, and goes on after its last epoch when the command is given again.
"""

import json
import time
from pathlib import Path
from typing import Annotated

import keras
import typer
from run import keep

import keras_ean as ean
from keras_ean import data, recipes
from keras_ean.run.report import mean_spread
from keras_ean.training import Checkpoint, OutOfTime, StopInTime, TimeLimit, discard, fit

LONG, SHORT = "resnet164-cifar", "cifar-one-cycle"


def training(
    images: data.ImageData, backbone, name: str, epochs: int, seed: int, folder: Path, limit: TimeLimit
) -> dict:
    """Test accuracy (0 … 1) after `epochs` of the recipe; from `folder` if it is there."""
    file = folder / f"{name}-{epochs}-{seed}.json"
    if file.is_file():
        return json.loads(file.read_text(encoding="utf-8"))
    limit.check(f"{name} with {epochs} epochs, seed {seed}")
    recipe, start = recipes.get(name), time.perf_counter()
    keras.utils.set_random_seed(seed)
    model = ean.build_network(backbone, "se", ean.Scheme.empty(backbone.stages), images.shape, images.classes)
    batches = recipe.batches(images.train, seed=seed)
    recipe.compile(model, len(batches), epochs)
    kept = file.with_suffix("")
    fit(model, batches, epochs, kept, [StopInTime(limit)], verbose=0)
    done = Checkpoint(kept).finished_epochs
    if done < epochs:
        raise OutOfTime(
            f"The time is over after epoch {done} of {epochs} of {name}; the same command goes on from here."
        )
    figures = model.evaluate(images.test.batches(256), verbose=0, return_dict=True)
    seconds = round(time.perf_counter() - start, 1)
    row = {"recipe": name, "epochs": epochs, "seed": seed, "accuracy": figures["accuracy"], "seconds": seconds}
    file.write_text(json.dumps(row), encoding="utf-8")
    discard(kept)
    return row


def compare(
    images: data.ImageData, backbone, epochs: int, short: list[int], seeds: int, folder: Path, limit: TimeLimit
) -> list[dict]:
    """All trainings, in float32 as on a CPU."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = [*((SHORT, number) for number in short), (LONG, epochs)]
    return [training(images, backbone, *entry, seed, folder, limit) for seed in range(seeds) for entry in plan]


def table(rows: list[dict]) -> str:
    lines = ["| recipe | epochs | top-1 % | per seed |", "|---|--:|--:|---|"]
    for recipe, epochs in sorted({(row["recipe"], row["epochs"]) for row in rows}):
        values = [100 * row["accuracy"] for row in rows if (row["recipe"], row["epochs"]) == (recipe, epochs)]
        each = ", ".join(f"{value:.1f}" for value in values)
        lines.append(f"| {recipe} | {epochs} | {mean_spread(values)} | {each} |")
    return "\n".join(lines)


def main(
    train: Annotated[int, typer.Option(min=2, help="Training images per class.")] = 500,
    network: Annotated[str, typer.Option(help="Of ean.backbones.")] = "resnet20",
    width: Annotated[int, typer.Option(min=1)] = 8,
    epochs: Annotated[int, typer.Option(min=1, help="Of the paper's recipe.")] = 180,
    short: Annotated[str, typer.Option(help="Of the short recipe, several with commas.")] = "15,30,60",
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the trainings.")] = Path("runs/short_recipe"),
    minutes: Annotated[float | None, typer.Option(help="Stop at a checkpoint in time, with exit status 75.")] = None,
    publish: Annotated[bool, typer.Option(help="Keep the result in experiments/results.")] = False,
) -> None:
    """Run the experiment, or go on with it."""
    limit = TimeLimit(minutes)
    images = data.load(".data/cifar10", train=train, validation=100)
    backbone = ean.backbones.get(network, width=width)
    numbers = [int(number) for number in short.split(",")]
    try:
        rows = compare(images, backbone, epochs, numbers, seeds, out, limit)
    except OutOfTime as reason:
        typer.echo(reason)
        raise typer.Exit(75) from None
    print(table(rows))
    if publish:
        keep("short_recipe", rows, sizes={"train": train, "network": network, "width": width})


if __name__ == "__main__":
    typer.run(main)
