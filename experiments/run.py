"""Rows of the paper's tables: the whole method with all baselines, from experiments/NAME.yaml.

    python experiments/run.py NAME… [--out FOLDER] [--minutes 9] [--small] [--set key=value …] [--publish]

The same command continues what was stopped. A row is kept in FOLDER/NAME/row.json, and with --publish also in
experiments/results, beside its report.
"""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from keras_ean.training import TimeLimit

HERE = Path(__file__).parent


def experiments() -> list[str]:
    """The experiments."""
    return sorted(path.stem for path in HERE.glob("*.yaml"))


def table(trainings: list[dict]) -> list[dict]:
    """Per network: accuracy in percent over the seeds, and increments in percent over the plain backbone."""
    from keras_ean.run.report import rows

    found = rows(trainings)
    plain = next((row for row in found if row.name == "plain"), None)

    def over(row, cost: str) -> float | None:
        increment = row.over(plain, cost)
        return None if increment is None else round(increment, 3)

    return [
        {
            "network": row.name,
            "schemes": sorted(row.schemes),
            "accuracy": [round(100 * accuracy, 2) for accuracy in row.accuracies],
            "mean": round(100 * row.accuracy, 2),
            "sd": None if row.deviation is None else round(100 * row.deviation, 2),
            "parameters": over(row, "parameters"),
            "flops": over(row, "flops"),
            "inference time": over(row, "latency_ms"),
        }
        for row in found
    ]


def commit() -> str | None:
    """Of the code that runs, "-dirty" with changes that are not committed."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def machine() -> dict:
    """What the figures were measured on."""
    from keras_ean import backend
    from keras_ean.run import versions

    return {
        "processor": f"{os.cpu_count()} {platform.machine()} cores",
        "accelerator": accelerator() if backend.accelerated() else None,
        **versions(),
    }


def keep(name: str, rows: list[dict], **facts) -> None:
    """Writes rows, with commit and machine, to experiments/results/NAME.json."""
    result = {**facts, "commit": commit(), "machine": machine(), "rows": rows}
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / f"results/{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def accelerator() -> str:
    """The name of the backend's first accelerator."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return jax.devices()[0].device_kind
    import tensorflow as tf

    return tf.config.experimental.get_device_details(tf.config.list_physical_devices()[-1])["device_name"]


SMALLER = {
    "preresnet164": ("depth=11",),
    "resnet164": ("depth=11",),
    "resnet20": ("depth=8",),
    "resnet50": ("width=16",),
    "resnet56": ("depth=8",),
    "resnext101_8x32": ("depth=11", "width=4"),
    "wrn-52-4": ("depth=10", "widen=1"),
}
"""Options that shrink a backbone: one block a stage, or narrow stages where the depth is fixed."""


def small(name: str) -> list[str]:
    """Overrides that leave an experiment all its steps, at a size for trying it out."""
    from keras_ean.run import load_config

    config = load_config(HERE / f"{name}.yaml")
    sizes = ["pretrain.epochs=1", "train.epochs=1", "pretrain.batch_size=4", "train.batch_size=4", "seeds=1"]
    search = ["calibrate=8", "batch_size=8", "options.max_steps=2", "options.samples_per_step=1"]
    return [
        *sizes,
        *(f"search.{option}" for option in search),
        *(f"backbone.{option}" for option in SMALLER[config.backbone.name]),
        "data.train=4",
        "export=[]",
    ]


def run(name: str, folder: Path, overrides: Sequence[str], limit: "TimeLimit | None" = None) -> dict:
    """Runs an experiment or goes on with it; gives its row, and keeps it in `folder`/row.json."""
    from keras_ean.run import Run, load_config

    started = Run(folder, load_config(HERE / f"{name}.yaml", overrides), limit=limit)
    file = folder / "commits.json"
    commits = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    if commit() not in commits:
        started.folder.write_json(file, [*commits, commit()])
    report = started()
    trainings = json.loads((report / "report.json").read_text(encoding="utf-8"))
    facts = {"commits": json.loads(file.read_text(encoding="utf-8")), "machine": machine()}
    result = {"experiment": name, "overrides": list(overrides), **facts, "row": table(trainings)}
    started.folder.write(folder / "row.json", json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    return result


def main(
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="Of YAML files in experiments/.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the run folders; default runs.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="As seeds=1; repeatable.")] = None,
    publish: Annotated[bool, typer.Option(help="Also keep row and report in experiments/results.")] = False,
    minutes: Annotated[float | None, typer.Option(help="Stop at a checkpoint in time, with exit status 75.")] = None,
    reduced: Annotated[bool, typer.Option("--small", help="All steps in small, to try an experiment out.")] = False,
) -> None:
    """Run experiments one after the other, or continue them."""
    for name in names:
        if name not in experiments():
            raise typer.BadParameter(f"{name!r} is none of {', '.join(experiments())}.")
    from keras_ean.training import OutOfTime, TimeLimit

    limit = TimeLimit(minutes)
    for name in names:
        folder = (out or Path("runs")) / (f"{name}-small" if reduced else name)
        try:
            run(name, folder, [*(small(name) if reduced else ()), *(overrides or ())], limit)
        except OutOfTime as reason:
            typer.echo(f"{name}: {reason} {len(list(folder.glob('networks/*/metrics.json')))} networks are trained.")
            raise typer.Exit(75) from None
        typer.echo(f"{name}: {folder / 'row.json'}")
        if publish:
            (HERE / "results").mkdir(exist_ok=True)
            shutil.copy(folder / "row.json", HERE / "results" / f"{name}.json")
            shutil.copy(folder / "report" / "report.md", HERE / "results" / f"{name}.md")


if __name__ == "__main__":
    typer.run(main)
