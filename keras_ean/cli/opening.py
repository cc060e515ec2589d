"""How commands come by a run: its folder, and its configuration, which is read before anything heavy is imported."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_ean.cli.app import register_classes
from keras_ean.cli.saying import say
from keras_ean.cli.stopping import disk_trouble_told
from keras_ean.run.lock import check_free
from keras_ean.run.no_run import holds_run, no_run

if TYPE_CHECKING:
    from keras_ean.run import Config, Run

Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="[CONFIG]", help="YAML file, folder of images, or 'digits'; default: digits, or the one in --out."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder of the run; the same command continues it. Default: runs/NAME-OF-CONFIG."),
]
Override = Annotated[
    list[str] | None,
    typer.Option("--set", help="Sets a key of the configuration, as search.options.max_steps=10; repeatable."),
]
Minutes = Annotated[
    float | None,
    typer.Option(help="Stop at a checkpoint within this time, with exit status 75; run again to go on."),
]
Devices = Annotated[
    str | None,
    typer.Option(help="Devices that train together, or 'all'; default: one. Batch sizes are those of all together."),
]
Seeds = Annotated[
    int | None, typer.Option(min=1, help="Trainings of each compared network; more than before go on from there.")
]
Budget = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        help="Make a new run cost at most so many trainings of the network without attention, each from scratch for "
        "pretrain.epochs: by fewer schemes, then fewer seeds, then fewer epochs.",
    ),
]
Timing = Annotated[bool, typer.Option("--timing/--no-timing", help="Time a few steps, to tell how long it takes.")]

RUNS = Path("runs")


def choose(
    source: Path | None,
    out: Path | None,
    overrides: Sequence[str] | None,
    seeds: int | None = None,
    budget: float | None = None,
) -> "tuple[Path, Config]":
    """Folder and configuration that options ask for; says what it has chosen by itself.

    Raises:
        FileNotFoundError: Neither a configuration nor a run.
        ValueError: Faults of the configuration; a budget that is too small, or for a run that has begun.
    """
    from keras_ean.run.config_file import read_config

    overrides, folder = overrides or (), folder_of(source, out, overrides or ())
    own = source is None and holds_run(folder)
    if source is None and out is not None and not own:
        raise FileNotFoundError(no_run(out))
    if own and budget is not None:
        raise ValueError(
            f"{folder} holds a run that has begun, and a budget is for a new one: leave out --budget, or choose "
            "another folder with --out."
        )
    from keras_ean.run import RunFolder

    run = RunFolder(folder)
    kept = run.config() if own else None
    # All that is wrong is told now, before Keras is imported.
    reading = read_config(folder / "config.yaml" if own and overrides else source, overrides, run.begun)
    config = kept if kept and not overrides else reading.config
    for line in () if own else str(reading).splitlines():
        say(line)
    register_classes()
    if seeds is not None:
        config = config.model_copy(update={"seeds": seeds})
    return folder, config if budget is None else _fitted(config, budget)


def folder_of(source: Path | None, out: Path | None, overrides: Sequence[str]) -> Path:
    """The folder of the run that options ask for."""
    named = [text.partition("=")[2] for text in overrides if text.startswith("data.name=")]
    return out or RUNS / Path(source or [*named, "digits"][0]).stem


def _fitted(config: "Config", budget: float) -> "Config":
    from keras_ean import backbones, data
    from keras_ean.attention_options import per_block
    from keras_ean.run import fitted
    from keras_ean.run.checks import check_names
    from keras_ean.run.effort import Numbers

    check_names(config)
    if config.backbone is None:
        raise ValueError(
            "A budget fits a run with a backbone. That of a given model is made shorter by tune.epochs and seeds: "
            "leave out --budget, and set these."
        )
    images = data.load(config.data.name, **config.data.options)
    backbone = backbones.get(config.backbone.name, **config.backbone.options)
    stages = tuple(per_block(config.attention.name) * blocks for blocks in backbone.stages)
    config, changes = fitted(config, Numbers.of(images), stages, budget)
    for change in changes or ["nothing has to be changed"]:
        say(f"for the budget of {budget:g}: {change}")
    return config


def open_run(
    source: Path | None,
    out: Path | None,
    overrides: Sequence[str] | None,
    minutes: float | None = None,
    devices: str | None = None,
    seeds: int | None = None,
    budget: float | None = None,
) -> "Run":
    """The run that options ask for: begun, or gone on with. Raises as `choose`."""
    with disk_trouble_told(place := folder_of(source, out, overrides or ()), "the same command"):
        check_free(place)  # Before Keras is imported, which takes seconds.
        folder, config = choose(source, out, overrides, seeds, budget)

        from keras_ean.run import Run
        from keras_ean.training import TimeLimit, choose_devices

        return Run(folder, config, limit=TimeLimit(minutes), devices=choose_devices(devices))
