"""How long, and at which rate, networks are to be fine-tuned that start from their supernet's weights.

    python experiments/tuning.py cue          # or digits, cifar10

Continues what is in runs/tuning-*. Prints the table of experiments/README.md: test accuracy of networks without
attention, with it at random places, where the search found it, and everywhere.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

CUE = {"name": "cue", "digits": [0, 1], "share": 0.75, "height": 8, "play": 1}
TASKS: dict[str, dict] = {
    "cue": {
        "data": {**CUE, "train": 1500, "validation": 500},
        "backbone": {"name": "resnet8", "width": 8},
        "attention": {"name": "se", "reduction": 2},
        "pretrain": {"recipe": "digits-one-cycle", "epochs": 24, "batch_size": 32},
    },
    "digits": {
        "data": {"name": "digits", "light": True, "train": 300, "draws": 8, "test_draws": 4},
        "backbone": {"name": "resnet20", "width": 8},
        "attention": {"name": "se", "reduction": 4},
        "pretrain": {"recipe": "digits-short", "epochs": 24},
    },
    "cifar10": {
        "data": {"name": ".data/cifar10", "train": 500, "validation": 100, "verify": False},
        "backbone": {"name": "resnet20", "width": 8},
        "attention": {"name": "se", "reduction": 4},
        "pretrain": {"recipe": "cifar-one-cycle", "epochs": 40, "batch_size": 64, "rate": 0.1},
    },
}
WAYS = ((0, 0.0), (1, 0.1), (1, 1 / 3), (1, 1.0), (3, 1 / 3), (6, 1 / 3))
"""Epochs, and the peak rate as a part of the supernet's."""
ORDERS = 2
"""Of the images, in each way."""


def main(
    task: Annotated[str, typer.Argument(help=f"{', '.join(TASKS)}.")],
    seeds: Annotated[int, typer.Option(min=1, help="Supernets.")] = 2,
) -> None:
    """Fine-tune the networks of supernets in several ways."""
    from rich.console import Console

    from keras_ean.run import Run, parse_config

    console, lines = Console(quiet=True), []
    for seed in range(seeds):
        values = {**TASKS[task], "seed": seed, "data": {**TASKS[task]["data"], "seed": seed}}
        run = Run(Path("runs") / f"tuning-{task}-{seed}", parse_config(values, task), console)
        schemes = {name: run.scheme(name) for name in ("plain", "random", "found", "shared")}
        for name, scheme in schemes.items():
            lines.append({"seed": seed, "network": name, "scheme": str(scheme), **tuned(run, name, scheme)})
            print(json.dumps(lines[-1]), flush=True)
    print(table(lines))


def tuned(run, name: str, scheme) -> dict[str, list[float]]:
    """Test accuracy in percent of a network, by epochs and rate; what is in the run's folder is not done again."""
    from keras_ean.run import trainer

    path = run.folder.path / f"{name}.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    context, course = run.context, trainer.pretraining(run.config)
    for epochs, part in WAYS:
        way = f"{epochs} × {part:.2g}"
        if way in found:
            continue
        found[way] = []
        recipe = replace(course.recipe, rate=part * course.recipe.rate, schedule="one_cycle", warmup=0)
        for order in range(ORDERS if epochs else 1):
            network = context.architecture.extracted(run.pretrain(), scheme, True, name)
            batches = recipe.batches(run.data.train, seed=order)
            recipe.compile(network, len(batches), max(1, epochs))
            network.fit(batches, epochs=epochs, shuffle=False, verbose=0)
            found[way].append(round(100 * trainer.evaluate(context, network)["accuracy"], 2))
        path.write_text(json.dumps(found), encoding="utf-8")
    return found


def table(lines: list[dict]) -> str:
    """A row for each network, with its accuracies under each supernet: means over the orders of the images."""
    ways = [key for key in lines[0] if "×" in key]
    rows = ["| network | " + " | ".join(ways) + " |", "|---|" + "---|" * len(ways)]
    for network in dict.fromkeys(line["network"] for line in lines):
        own = [line for line in lines if line["network"] == network]
        cells = [", ".join(f"{sum(line[way]) / len(line[way]):.1f}" for line in own) for way in ways]
        rows.append(f"| {network} ({', '.join(line['scheme'] for line in own)}) | {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    typer.run(main)
