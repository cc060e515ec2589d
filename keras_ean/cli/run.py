"""run, pretrain, train and evaluate: the stages of a run folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.run.networks import NAMES

if TYPE_CHECKING:
    from keras_ean.run import Run

ConfigFile = Annotated[Path | None, typer.Argument(help="YAML configuration; default: digits, or the one in --out.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; the same command continues it.")]
Override = Annotated[list[str] | None, typer.Option("--set", help="As search.options.max_steps=10; repeatable.")]
Folder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
Minutes = Annotated[
    float | None,
    typer.Option(help="Stop at a checkpoint within this time, with exit status 75; run again to go on."),
]

Devices = Annotated[
    str | None,
    typer.Option(help="Devices that train together, or 'all'; default: one. Batch sizes are those of all together."),
]

NOT_FINISHED = 75
DIGITS = Path("runs/digits")


def open_run(
    config: Path | None,
    out: Path,
    overrides: list[str] | None,
    minutes: float | None = None,
    devices: str | None = None,
    seeds: int | None = None,
) -> "Run":
    """The run in `out`: continued with its own configuration unless one is asked for."""
    from keras_ean.run import Run, load_config
    from keras_ean.run.folder import RunFolder
    from keras_ean.training import TimeLimit, choose_devices

    limit = TimeLimit(minutes)
    own = config is None and not overrides and (out / "config.yaml").is_file()
    settings = RunFolder(out).config() if own else load_config(config, overrides or ())
    if seeds is not None:
        settings = settings.model_copy(update={"seeds": seeds})
    return Run(out, settings, limit=limit, devices=choose_devices(devices))


@contextmanager
def in_time() -> Iterator[None]:
    """Ends the command with a message and exit status 75 when its minutes are over."""
    from keras_ean.training import OutOfTime

    try:
        yield
    except OutOfTime as reason:
        typer.echo(reason)
        raise typer.Exit(NOT_FINISHED) from None


@command("run")
def run(
    config: ConfigFile = None,
    out: Out = DIGITS,
    overrides: Override = None,
    minutes: Minutes = None,
    devices: Devices = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Trainings of each compared network; more than before go on from there.")
    ] = None,
) -> None:
    """The whole method: pre-train, search, compare, judge whether attention pays, export, report."""
    with in_time():
        run = open_run(config, out, overrides, minutes, devices, seeds)
        run()
        for what, path in run.folder.paths().items():
            run.context.console.print(f"{what:<12} {path}", highlight=False, soft_wrap=True)


@command("pretrain")
def pretrain(
    config: ConfigFile = None,
    out: Out = DIGITS,
    overrides: Override = None,
    minutes: Minutes = None,
    devices: Devices = None,
) -> None:
    """Start a run and train its supernet over random schemes."""
    with in_time():
        run = open_run(config, out, overrides, minutes, devices)
        run.pretrain()
        typer.echo(run.folder.supernet_file)


@command("train")
def train(
    folder: Folder,
    name: Annotated[str, typer.Option(help=f"{NAMES}.")] = "found",
    seed: Annotated[int, typer.Option(min=0, help="Of this training.")] = 0,
    devices: Devices = None,
) -> None:
    """Train a network of a run, from the supernet's weights or from scratch, as the run is configured."""
    from keras_ean.run import Run
    from keras_ean.training import choose_devices

    run = Run(folder, devices=choose_devices(devices))
    run.train(name, seed)
    typer.echo(run.folder.network(name, seed) / "model.keras")


@command("verdict")
def verdict(folder: Folder) -> None:
    """Say whether attention pays, and which network to take; trains what the comparison still lacks."""
    from keras_ean.run import Run

    typer.echo(Run(folder).verdict())


@command("evaluate")
def evaluate(
    folder: Folder,
    scheme: Annotated[
        str | None, typer.Option(help="Score the supernet under this scheme, as '100 010 001', instead.")
    ] = None,
    name: Annotated[str, typer.Option(help=f"Network to evaluate: {NAMES}.")] = "found",
    seed: Annotated[int, typer.Option(min=0, help="Of the network's training.")] = 0,
) -> None:
    """Test accuracy of a run's network, or of its supernet under a scheme."""
    from keras_ean.run import Run

    run = Run(folder)
    figures = run.evaluate_supernet(scheme) if scheme else run.evaluate(name, seed)
    for key, value in figures.items():
        typer.echo(f"{key}: {value:.4f}")
