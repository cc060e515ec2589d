"""keras-ean pareto: which schemes are worth a look at what price."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import app, register_classes


@app.command("pareto")
def pareto(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run that has searched.")],
    parameters: Annotated[bool, typer.Option("--parameters", help="Against parameters instead of latency.")] = False,
) -> None:
    """Show the scored schemes that none beats in both objective and latency (the Pareto front), the cheapest first."""
    from rich.console import Console

    from keras_ean.run.kept import KeptRun
    from keras_ean.run.report.front_table import rich_table

    run = KeptRun(folder)
    scored = run.scored() if run.judged else None
    if scored is None:
        register_classes()
        from keras_ean.run import Run

        scored = Run(folder).pareto().scored
    Console().print(rich_table(scored, "parameters" if parameters else "latency_ms", run.title))
