"""card: a model card to publish a run's network with."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import app


@app.command("card")
def card(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; default: RUN/card/README.md.")] = None,
    license: Annotated[
        str | None, typer.Option(help="The license of the network, as Hugging Face names it, for example apache-2.0.")
    ] = None,
) -> None:
    """Write a model card, a README.md in Hugging Face's format: scheme, data, figures with spread, receipts, limits."""
    from keras_ean import files
    from keras_ean.run.card import card
    from keras_ean.run.kept import KeptRun

    file = out or folder / "card" / "README.md"
    files.write_text(file, card(KeptRun(folder), license))
    typer.echo(file)
