"""search and evaluations: the scheme of a run, and the table of all that was scored."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keras_ean.cli.app import app, command
from keras_ean.cli.saying import say
from keras_ean.cli.stopping import in_pieces

if TYPE_CHECKING:
    from keras_ean.search.answers import Paired
    from keras_ean.search.host.plan import Plan

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
Oracle = Annotated[
    str | None, typer.Option(help="Search algorithm; another one than the run's own is kept apart, in search-NAME.")
]


@command("search")
def search(
    folder: Folder,
    oracle: Oracle = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes on this machine; 0 searches in this one.")] = 0,
) -> None:
    """Search for the scheme of a run; pre-trains its supernet first if need be."""
    from keras_ean.run import Run
    from keras_ean.run.left_early import left_early
    from keras_ean.search.host.distributed import is_chief, is_worker

    stage = Run(folder).searching(oracle)
    if is_chief() or is_worker():
        stage.score()
        return
    stage.check()
    with in_pieces(folder, "the same command"), stage.context.folder.held():
        stage.scored()
        if workers:
            _launch(folder, oracle, workers, stage.name, stage.oracle().plan())
        scheme = stage()
    say(stage.conclusion(stage.tuner()))
    left = left_early(stage.context.folder, stage.context.config.attention.name)
    if left is not None and (against := left.against(scheme)):
        say(f"{scheme} {against}, since the supernet's space shrank: such schemes are scored too low.")
    say(f"Scheme kept: {scheme}. Whether attention pays is for the verdict to say: keras-ean verdict {folder}")


@app.command("evaluations")
def evaluations(
    folder: Folder,
    oracle: Oracle = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values, all columns.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows of the table, best first; 0 for all.")] = 20,
    optuna: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them as a study of Optuna, for its dashboard.")
    ] = None,
) -> None:
    """Show every scored scheme of a run, as a table (best first, those given up early last) or as CSV (in the order of
    scoring, repeats last)."""
    from keras_ean.search.host.store import Store
    from keras_ean.search.outcome import differences

    file = folder / ("search" if oracle is None else f"search-{oracle}") / "search.sqlite"
    if not file.is_file():
        raise FileNotFoundError(f"There is no search in {file.parent}; start one with: keras-ean search {folder}")
    store = Store(file)
    scored = [*store.evaluations(), *store.repeats()]
    told = differences(scored)
    empty = dict.fromkeys(("difference", "error")) if told else {}
    rows = [{**one.row(), **empty, **_apart(told.get(one.scheme))} for one in scored]
    if optuna is not None:
        from keras_ean.search.outcome.study import write_study

        write_study(scored, optuna, folder.resolve().name)
        say(f"{optuna} holds a study of {len(scored)} trials; open it with: optuna-dashboard sqlite:///{optuna}")
    elif csv:
        _write_csv(rows)
    else:
        _print_table(rows, limit)


def _launch(folder: Path, oracle: str | None, workers: int, project: str, plan: "Plan") -> None:
    from keras_ean.progress_bar import bar
    from keras_ean.search.host.glance import glance
    from keras_ean.search.host.launch import launch

    with bar() as progress:
        most = plan.max_schemes or plan.max_steps
        task = progress.add_task(f"search the scheme, {workers} workers", total=most, note="")

        def show() -> None:
            seen = glance(folder / project / "search.sqlite")
            done = seen.schemes if plan.max_schemes else seen.steps
            progress.update(task, completed=min(done, most), note=f"{seen.schemes} schemes")

        arguments = ["search", str(folder), *(["--oracle", oracle] if oracle else [])]
        launch(arguments, workers, folder / project / "logs", show)
        progress.update(task, completed=most)


def _apart(found: "Paired | None") -> dict[str, float]:
    """By how much a scheme's objective differs from that of the highest reward, and the standard error of that."""
    return {} if found is None else {"difference": found.difference, "error": found.error}


def _write_csv(rows: list[dict]) -> None:
    import csv
    import sys

    if rows:
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(sys.stdout, fieldnames=list(names))
        writer.writeheader()
        writer.writerows(rows)


def _print_table(rows: list[dict], limit: int) -> None:
    from keras_ean.text_table import aligned

    # A score on a share of the images is no better than others for being higher: these may be the easier ones.
    ranked = sorted(rows, key=lambda row: (row["share"] == 1, row["reward"]), reverse=True)
    again = sum(row["repeat"] > 0 for row in rows)
    say(f"{len(rows) - again} schemes scored" + (f", {again} scores repeated" if again else ""))
    cut = any(row["share"] < 1 for row in rows)
    hidden = {
        "objective",
        "seconds",
        "sparsity",
        "trial",
        *(() if again else ("repeat",)),
        *(() if cut else ("share",)),
    }
    names = [name for name in (ranked[0] if ranked else {}) if name not in hidden]
    head = ["on" if name == "connections" else name for name in names]
    say(aligned(head, [[_cell(row[name]) for name in names] for row in ranked[: limit or None]]))


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)
