"""plan and init: what a run will do, and a configuration to begin with."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_ean.cli.app import app, register_classes
from keras_ean.cli.model_file import Imports, PixelRange, Unsafe
from keras_ean.cli.opening import Budget, Out, Override, Seeds, Source, Timing, choose
from keras_ean.cli.plug import At
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
    source: Annotated[
        str,
        typer.Argument(
            metavar="PHOTOS-OR-MODEL",
            help="A folder of images, root/class/image; or a trained model, as keras-ean improve takes it.",
        ),
    ],
    data: Annotated[
        str | None, typer.Option(help="For a model: its folder of photographs, or module:function that makes the data.")
    ] = None,
    loss: Annotated[str | None, typer.Option(help="The loss, for a model that is not compiled.")] = None,
    pixels: PixelRange = None,
    at: At = None,
    imports: Imports = None,
    unsafe: Unsafe = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; default: NAME.yaml here.")] = None,
    timing: Timing = True,
) -> None:
    """Look at images, or at a trained model and its images; write a configuration with comments, and show its plan."""
    from keras_ean.run.model_source import is_function

    model = data is not None or source.endswith(".keras") or is_function(source)
    file = out or Path(f"{Path(source).resolve().stem.replace(':', '-')}.yaml")
    if file.exists():
        raise FileExistsError(
            f"{file} is there already; choose another name with --out, or run it: keras-ean run {file}"
        )
    if model and data is None:
        raise ValueError(f"{source} is a model: name its images, too, with --data photos/ or --data module:function.")
    register_classes()
    from keras_ean.run.model_starter import model_starter  # Only now, since it imports Keras.
    from keras_ean.run.starter import starter

    if data is not None:
        files = [str(one) for one in imports or ()]
        known = {"loss": loss, "pixels": pixels, "at": at, "imports": files, "unsafe": unsafe}
        chosen = {key: value for key, value in known.items() if value}
        text, _, plan = model_starter(source, data, file.parent, chosen, timing)
        typer.echo(str(plan))
    else:
        text, config = starter(Path(source), file.parent)
        show(config, timing)
    file.write_text(text, encoding="utf-8")
    say(f"\nWritten: {file}. Change what you like in it, then: keras-ean run {file}")


def show(config: "Config", timing: bool) -> None:
    """The plan of a configuration."""
    from keras_ean.run import Run

    with tempfile.TemporaryDirectory() as folder:
        say(str(Run(Path(folder) / "run", config).plan(timing)))
