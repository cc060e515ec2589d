"""plan and init: what a run will do, and a configuration to begin with."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_ean.cli.app import app, register_classes
from keras_ean.cli.opening import Budget, Out, Override, Seeds, Source, Timing, choose
from keras_ean.cli.saying import say

if TYPE_CHECKING:
    from keras_ean.run import Config


@app.command("plan")
def plan(
    source: Source = None,
    out: Out = None,
    overrides: Override = None,
    seeds: Seeds = None,
    budget: Budget = None,
    timing: Timing = True,
) -> None:
    """Say what a run will do and how long it will take, and do nothing."""
    _, config = choose(source, out, overrides, seeds, budget)
    show(config, timing)


@app.command("init")
def init(
    data: Annotated[Path, typer.Argument(metavar="PHOTOS", help="A folder of images: root/class/image.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write; default: NAME-OF-PHOTOS.yaml here.")
    ] = None,
    timing: Timing = True,
) -> None:
    """Look at a folder of images and write a configuration for it, with comments; then show its plan."""
    from keras_ean.run.starter import starter

    file = out or Path(f"{data.resolve().stem}.yaml")
    if file.exists():
        raise FileExistsError(
            f"{file} is there already; choose another name with --out, or run it: keras-ean run {file}"
        )
    register_classes()
    text, config = starter(data, file.parent)
    show(config, timing)
    file.write_text(text, encoding="utf-8")
    say(f"\nWritten: {file}. Change what you like in it, then: keras-ean run {file}")


def show(config: "Config", timing: bool) -> None:
    """The plan of a configuration."""
    from keras_ean.run import Run

    with tempfile.TemporaryDirectory() as folder:
        say(str(Run(Path(folder) / "run", config).plan(timing)))
