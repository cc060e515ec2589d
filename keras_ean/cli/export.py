"""export: a network to a file or folder that runs without this package."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.model_file import Imports, Unsafe
from keras_ean.run.model_file import load_model
from keras_ean.run.networks import NAMES


@command("export")
def export(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Folder of a run, or a .keras file.")],
    format: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", help="saved_model, litert, onnx, keras, or one of your own; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the exports; default: exports of the run.")
    ] = None,
    quantization: Annotated[str, typer.Option(help="LiteRT: float32, float16, dynamic_int8 or int8.")] = "float32",
    batch_size: Annotated[int | None, typer.Option(min=1, help="Images of a batch; default: any number.")] = None,
    data: Annotated[
        str | None, typer.Option(help="Name or folder of images to compare and calibrate on; default: the run's.")
    ] = None,
    images: Annotated[int, typer.Option(min=1, help="How many of them.")] = 100,
    name: Annotated[
        str | None, typer.Option(help=f"Network of the run: {NAMES}; default: the one that its verdict recommends.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the network's training.")] = 0,
    unsafe: Unsafe = False,
    imports: Imports = None,
) -> None:
    """Export a network, prove it equal in a fresh process, and print its receipt."""
    from keras_ean.exporting import Export, export_all, formats
    from keras_ean.run import export_source

    network = load_model(source, imports, unsafe) if source.is_file() else None
    opened = export_source.open_source(source if network is None else network, data, name, seed)
    folder = out or (source / "exports" if source.is_dir() else source.parent / "exports")
    sample, exports = opened.sample(images), []
    for kind in format or ["saved_model"]:
        configured = formats.get(kind, **opened.options(kind, quantization))
        exports.append(Export(opened.network, folder / kind, configured, sample, batch_size, opened.scheme))
    export_all(exports)
