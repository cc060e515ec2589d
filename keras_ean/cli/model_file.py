"""Options of the commands that read a model file."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.run import pixels

Imports = Annotated[
    list[Path] | None,
    typer.Option("--import", help="Python file with layers or losses of your own that are in the model; repeatable."),
]
Unsafe = Annotated[bool, typer.Option("--unsafe", help="Load Python code (Lambda layers) in the file; trust it first.")]
PixelRange = Annotated[pixels.Pixels | None, typer.Option("--pixels", help=pixels.HELP)]
