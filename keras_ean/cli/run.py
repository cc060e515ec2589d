"""run, pretrain, train, verdict and evaluate: the phases of a run folder."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import app, command, register_classes
from keras_ean.cli.opening import Budget, Devices, Minutes, Out, Override, Seeds, Source, Timing, folder_of, open_run
from keras_ean.cli.saying import say
from keras_ean.cli.stopping import in_pieces
from keras_ean.run.networks import NAMES

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]


@app.command("run")
def run(
    source: Source = None,
    out: Out = None,
    overrides: Override = None,
    minutes: Minutes = None,
    devices: Devices = None,
    seeds: Seeds = None,
    budget: Budget = None,
    timing: Timing = True,
) -> None:
    """Do the whole method: pre-train, search, compare, judge whether attention pays, export, report."""
    from keras_ean.run import finished
    from keras_ean.run.refused import left_as_it_was

    folder, asked = folder_of(source, out, overrides or ()), finished.request(source, overrides or (), seeds)
    if budget is None and (verdict := finished.answer(folder, asked)) is not None:
        say(f"{verdict}\nThe run is finished, and nothing is left to do: its report is in {folder / 'report'}.")
        return
    with left_as_it_was(folder):
        run = open_run(source, out, overrides, minutes, devices, seeds, budget)
        with in_pieces(folder, f"keras-ean run --out {folder}"):
            if run.folder.begun:
                from keras_ean.run.standing import standing

                say(f"Going on: {standing(folder)}.")
            else:
                say(run.plan(timing))
            run()
            run.folder.manifest.finish(asked)
            for what, path in run.folder.paths().items():
                say(f"{what:<12} {path}")


@app.command("pretrain")
def pretrain(
    source: Source = None,
    out: Out = None,
    overrides: Override = None,
    minutes: Minutes = None,
    devices: Devices = None,
) -> None:
    """Start a run and train its supernet over random schemes."""
    run = open_run(source, out, overrides, minutes, devices)
    with in_pieces(run.folder.path, f"keras-ean pretrain --out {run.folder.path}"):
        run.pretrain()
        say(run.folder.supernet_file)


@command("train")
def train(
    folder: Folder,
    name: Annotated[str, typer.Option(help=f"{NAMES}.")] = "found",
    seed: Annotated[int, typer.Option(min=0, help="The seed of this training.")] = 0,
    devices: Devices = None,
) -> None:
    """Train a network of a run, from the supernet's weights or from scratch, as the run is configured."""
    from keras_ean.run import Run
    from keras_ean.training import choose_devices

    run = Run(folder, devices=choose_devices(devices))
    with in_pieces(folder, "the same command"):
        run.train(name, seed)
        say(run.folder.network(name, seed) / "model.keras")


@app.command("verdict")
def verdict(folder: Folder) -> None:
    """Say whether attention pays, and which network to take; trains what the comparison still lacks."""
    from keras_ean.run import finished

    if (known := finished.answer(folder, "")) is not None:
        say(known)
        return
    register_classes()
    from keras_ean.run import Run

    run = Run(folder)
    with in_pieces(folder, "the same command"):
        say(run.verdict())


@command("evaluate")
def evaluate(
    folder: Folder,
    scheme: Annotated[
        str | None, typer.Option(help="Score the supernet under this scheme, as '100 010 001', instead.")
    ] = None,
    name: Annotated[str, typer.Option(help=f"Network to evaluate: {NAMES}.")] = "found",
    seed: Annotated[int, typer.Option(min=0, help="The seed of the network's training.")] = 0,
) -> None:
    """Tell the test accuracy of a run's network, or of its supernet under a scheme."""
    from keras_ean.run import Run

    run = Run(folder)
    figures = run.evaluate_supernet(scheme) if scheme is not None else run.evaluate(name, seed)
    for key, value in figures.items():
        say(f"{key}: {value:.4f}")
