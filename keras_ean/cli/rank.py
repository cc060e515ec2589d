"""keras-ean rank: whether a run's scores order schemes as trainings from scratch do."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.opening import Minutes
from keras_ean.cli.saying import say
from keras_ean.cli.stopping import in_pieces


@command("rank")
def rank(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run; its supernet is trained if need be.")],
    schemes: Annotated[int, typer.Option(min=4, help="Schemes to train, stratified by density.")] = 12,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each; one leaves the noise unknown.")] = 2,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the result; default: RUN/rank.")] = None,
    minutes: Minutes = None,
) -> None:
    """Train schemes from scratch and say whether the run's scores order them. The same command continues."""
    from keras_ean.run import Ranking, Run
    from keras_ean.run.report.ranking import statistics
    from keras_ean.training import TimeLimit

    with in_pieces(folder, f"keras-ean rank {folder}, with the same options"):
        result = Ranking(Run(folder, limit=TimeLimit(minutes))).rank(schemes, seeds, out)
    for name, value in statistics(result).items():
        say(f"{name:<46} {value}")
    say(result.verdict)
    say((out or folder / "rank") / "rank.md")
