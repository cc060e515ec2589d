"""report: the page of a finished run, written anew."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command


@command("report")
def report(folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]) -> None:
    """Write report.html and report.md of a finished run anew, from what it keeps; nothing is trained or timed again."""
    from rich.console import Console

    from keras_ean.run import Run
    from keras_ean.run.kept import KeptRun

    run = KeptRun(folder)
    run.verdict()  # Refuses a run that has none yet.
    if missing := sorted({*run.wanted} - {*run.trained}):
        raise FileNotFoundError(
            f"{folder} lacks {', '.join(missing)} of its networks, and a report trains none; train them again by: "
            f"keras-ean run --out {folder}"
        )
    typer.echo(Run(folder, console=Console(quiet=True)).report() / "report.html")
