"""The demo over several seeds: the whole method each time, supernet, search, comparison and verdict.

    python experiments/demo.py [--seeds 3] [--publish]

Continues what is in runs/demo-*. Prints the comparison over all runs, which is the README's table, and of each run the
wall time and the verdict. With --publish the scheme that the first run has found is drawn, for the README.
"""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

PICTURE = Path(__file__).parents[1] / "docs" / "digits.png"


def main(
    seeds: Annotated[int, typer.Option(min=1, help="Runs.")] = 3,
    publish: Annotated[bool, typer.Option(help="Draw the README's picture.")] = False,
) -> None:
    """Run the demo with seeds 0, 1, …"""
    from rich.console import Console

    from keras_ean.run import Run, load_config
    from keras_ean.run.report import markdown, rows

    trainings, lines, schemes, quiet = [], [], [], Console(quiet=True)
    for seed in range(seeds):
        start = time.perf_counter()
        run = Run(Path("runs") / f"demo-{seed}", load_config(None, [f"seed={seed}", "export=[]"]), quiet)
        report = run()
        trainings += json.loads((report / "report.json").read_text(encoding="utf-8"))
        seconds, verdict = time.perf_counter() - start, run.verdict()
        lines.append(
            f"seed {seed}: {seconds:.0f} s, found {run.search()}. {verdict.sentence()} {verdict.recommendation()}"
        )
        schemes.append(run.search())
    print(markdown(rows(trainings)))
    print("\n".join(lines))
    if publish:
        draw(schemes[0])


def draw(scheme, path: Path = PICTURE) -> None:
    from keras_ean.run.report import scheme_figure

    figure = scheme_figure(scheme, "se", "digits · ResNet-20 · shared SE · found in the demo's first run")
    figure.savefig(path, dpi=128, metadata={"Description": str(scheme)})


if __name__ == "__main__":
    typer.run(main)
