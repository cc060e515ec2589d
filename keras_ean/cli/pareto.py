"""keras-ean pareto: which schemes are worth a look at what price."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command


@command("pareto")
def pareto(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run that has searched.")],
    parameters: Annotated[bool, typer.Option("--parameters", help="Against parameters instead of latency.")] = False,
) -> None:
    """Show the scored schemes that none beats in both objective and latency (the Pareto front), the cheapest first."""
    from rich.console import Console

    from keras_ean.run import Run
    from keras_ean.run.report.pareto import rich_table

    run = Run(folder)
    Console().print(rich_table(run.pareto(), "parameters" if parameters else "latency_ms", run.context.title))
