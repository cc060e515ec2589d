"""watch and runs: how far runs are that other processes work on; nothing is written."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_ean.cli.app import app
from keras_ean.cli.greeting import without_greeting
from keras_ean.place_names import PlaceNames

if TYPE_CHECKING:
    from keras_ean.run.how_far import Progress
    from keras_ean.run.kept import KeptRun

BAR = 24
"""Letters of a probability's bar."""
SECONDS = 2.0
QUIET = 120
"""Seconds without a written file after which a run is said to be still."""


@app.command("watch")
def watch(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run that another terminal works on.")],
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
) -> None:
    """Follow a run from another terminal: phase, time left, best scheme, probabilities, losses. Ends with the run."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from keras_ean.run.how_far import FINISHED
    from keras_ean.run.kept import KeptRun
    from keras_ean.run.progress import progress

    console, run = Console(), KeptRun(folder)
    with without_greeting():  # Of a run that has not ended, Keras is imported.
        seen = progress(run)
    if once or seen.stage == FINISHED:
        console.print(frame(run, seen), highlight=False, markup=False, soft_wrap=True)
        return
    with Live(console=console, refresh_per_second=1) as live:
        while seen.stage != FINISHED:
            live.update(Text(frame(run, seen)))
            time.sleep(SECONDS)
            run = KeptRun(folder)  # Its configuration may have changed: a run adds the networks that it folds.
            seen = progress(run)
        live.update(Text(frame(run, seen)))


def frame(run: "KeptRun", seen: "Progress") -> str:
    """What is shown of a run, a line for each fact."""
    from keras_ean.run.how_far import FINISHED, FOLDING, REPORT

    lines = [f"{run.folder.path}: {run.title}"]
    if seen.stage == FINISHED:
        verdict = run.verdict()
        return "\n".join([*lines, f"finished   {verdict.sentence()}", f"           {verdict.recommendation()}"])

    from keras_ean.progress_bar import duration  # Which needs Keras, and by now the run does as well.

    lines.append(f"phase      {seen.stage}: {seen.detail}")
    if seen.stage in (FOLDING, REPORT):
        lines.append("done       all trainings and scores; how long the rest takes is not foretold")
    elif seen.share is not None:
        left = f", {duration(seen.seconds_left)} left at the pace so far" if seen.seconds_left is not None else ""
        lines.append(f"done       {100 * seen.share:.0f} %{left}")
    lines.append(f"written    {_ago(seen.idle)}")
    if seen.idle > QUIET:
        lines[-1] += "; if nothing works on it any more, go on with: keras-ean run --out " + str(run.folder.path)
    if seen.search.best is not None:
        best = seen.search
        measured = "" if best.objective is None else f", objective {best.objective:.4f}"
        lines.append(f"best       {best.best}: reward {best.reward:.4f}{measured}; the highest of many, partly luck")
    if seen.search.probabilities:
        names = PlaceNames(run.config.attention.name)
        lines.append(f"policy     how likely each {names.noun} has attention:")
        for place, share in enumerate(seen.search.probabilities):
            bar = "█" * round(BAR * share)
            lines.append(f"  {names.short(place):>7}  {bar:<{BAR}} {share:.2f}")
    if seen.epochs:
        newest = seen.epochs[-1]
        known = ", ".join(f"{name} {value:.4g}" for name, value in newest.items() if name not in ("epoch", "seconds"))
        lines.append(f"training   {seen.training}, epoch {newest['epoch']}: {known}")
    return "\n".join(lines)


def _ago(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} seconds ago"


@app.command("runs")
def runs(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with runs in it, at any depth.")] = Path(
        "runs"
    ),
) -> None:
    """List the runs in a folder, with how far each is and what it found."""
    from keras_ean.run.how_far import FINISHED
    from keras_ean.run.kept import runs_in
    from keras_ean.run.progress import progress
    from keras_ean.text_table import aligned

    rows = []
    for run in runs_in(folder):
        place = str(run.folder.path.relative_to(folder))
        try:
            with without_greeting():
                seen = progress(run)
            verdict = run.verdict() if seen.stage == FINISHED else None
        except ValueError as error:  # Damaged, or of another version of keras_ean.
            rows.append((place, "", "cannot be read", str(error).splitlines()[0], ""))
            continue
        if verdict is not None:
            state, answer = FINISHED, f"{verdict.pays}: {verdict.costs[verdict.recommended].title}"
        else:
            state, answer = f"{seen.stage}: {seen.detail}", ""
        rows.append((place, run.title, state, answer, _ago(seen.idle)))
    typer.echo(aligned(("run", "data · network · module", "state", "pays: recommended", "written"), rows))
