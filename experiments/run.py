"""One row of the paper's tables: the whole method with all baselines, from experiments/NAME.yaml.

    python experiments/run.py NAME [--out FOLDER] [--set key=value …] [--publish]

The same command continues a run that was stopped. The row is kept in FOLDER/row.json, and with --publish also in
experiments/results/NAME.json.
"""

import json
import platform
import statistics
import subprocess
from pathlib import Path
from typing import Annotated

import typer

HERE = Path(__file__).parent


def names() -> list[str]:
    """The experiments."""
    return sorted(path.stem for path in HERE.glob("*.yaml"))


def row(trainings: list[dict]) -> list[dict]:
    """Per network: accuracy in percent over the seeds, and increments in percent over the plain backbone."""
    groups: dict[str, list[dict]] = {}
    for training in trainings:
        groups.setdefault(training["name"], []).append(training)
    base = groups.get("plain")

    def increment(group: list[dict], key: str) -> float | None:
        if base is None or group[0][key] is None:
            return None
        mean = statistics.fmean(training[key] for training in group)
        return round(100 * (mean / statistics.fmean(training[key] for training in base) - 1), 3)

    return [
        {
            "network": name,
            "schemes": sorted({training["scheme"] for training in group}),
            "accuracy": [round(100 * training["accuracy"], 2) for training in group],
            "mean": round(100 * statistics.fmean(training["accuracy"] for training in group), 2),
            "sd": round(100 * statistics.stdev(training["accuracy"] for training in group), 2) if group[1:] else None,
            "parameters": increment(group, "parameters"),
            "flops": increment(group, "flops"),
            "inference time": increment(group, "latency_ms"),
        }
        for name, group in groups.items()
    ]


def machine() -> dict:
    """What the figures were measured on, and the commit."""
    from keras_ean import device
    from keras_ean.folder import versions

    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return {
        "accelerated": device.accelerated(),
        "processor": platform.processor() or platform.machine(),
        "commit": commit.stdout.strip() or None,
        **versions(),
    }


def main(
    name: Annotated[str, typer.Argument(help="Of a YAML file in experiments/.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Run folder; default runs/NAME.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="As seeds=1; repeatable.")] = None,
    publish: Annotated[bool, typer.Option(help="Also keep the row in experiments/results.")] = False,
) -> None:
    """Run an experiment, or continue it."""
    if name not in names():
        raise typer.BadParameter(f"{name!r} is none of {', '.join(names())}.")
    from keras_ean.config import load_config
    from keras_ean.run import Run

    folder = out or Path("runs") / name
    report = Run(folder, load_config(HERE / f"{name}.yaml", overrides or ()))()
    trainings = json.loads((report / "report.json").read_text(encoding="utf-8"))
    result = {"experiment": name, "overrides": overrides or [], "machine": machine(), "row": row(trainings)}
    text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    (folder / "row.json").write_text(text, encoding="utf-8")
    if publish:
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{name}.json").write_text(text, encoding="utf-8")
    typer.echo(f"row: {folder / 'row.json'}")


if __name__ == "__main__":
    typer.run(main)
