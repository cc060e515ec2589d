"""The demo over several seeds: the whole method each time, supernet, search, comparison and verdict.

    python experiments/demo.py [--seeds 3]

Continues what is in runs/demo-*. Prints the comparison over all runs, which is the README's table, and of each run the
wall time and the verdict. The README's picture is drawn from the table in experiments/README.md, by
docs/pictures.py.
"""

import json
import time
from pathlib import Path
from typing import Annotated

import typer


def main(seeds: Annotated[int, typer.Option(min=1, help="Runs.")] = 3) -> None:
    """Run the demo with seeds 0, 1, …"""
    from rich.console import Console

    from keras_ean.run import Run, load_config
    from keras_ean.run.report import markdown, rows

    trainings, lines, quiet = [], [], Console(quiet=True)
    for seed in range(seeds):
        start = time.perf_counter()
        run = Run(Path("runs") / f"demo-{seed}", load_config(None, [f"seed={seed}", "export=[]"]), quiet)
        report = run()
        trainings += json.loads((report / "report.json").read_text(encoding="utf-8"))
        seconds, verdict = time.perf_counter() - start, run.verdict()
        lines.append(
            f"seed {seed}: {seconds:.0f} s, found {run.search()}. {verdict.sentence()} {verdict.recommendation()}"
        )
    print(markdown(rows(trainings)))
    print("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
