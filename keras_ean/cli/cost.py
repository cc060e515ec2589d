"""`keras-ean cost`: parameters, operations, memory and time of a model file."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.model_file import Imports, Unsafe
from keras_ean.cli.plug import ModelFile
from keras_ean.run.model_file import load_model


@command("cost")
def cost(
    model: ModelFile,
    batch: Annotated[list[int] | None, typer.Option(min=1, help="Images of a timed call; repeatable.")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="Export format to time as well, as saved_model; repeatable.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=0, help="Timed calls; 0 measures no times.")] = 30,
    layers: Annotated[bool, typer.Option("--layers", help="A row for each layer, too.")] = False,
    json: Annotated[Path | None, typer.Option(help="Also write everything to this file.")] = None,
    unsafe: Unsafe = False,
    imports: Imports = None,
) -> None:
    """Tell what a model costs: parameters, operations and memory block by block, and inference time on this machine."""
    from keras_ean import costing

    found = costing.cost(load_model(model, imports, unsafe), batch or (1, 64), formats or (), rounds)
    typer.echo(f"{found}\n\n{found.by_layer()}" if layers else str(found))
    if json is not None:
        json.write_text(found.to_json())
        typer.echo(json)
