"""A configuration to begin with for a trained model, written for people to read and change."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from keras_ean.run.config import Config
from keras_ean.run.config_file import configured
from keras_ean.run.pipeline import Run
from keras_ean.run.plan import Plan, plural
from keras_ean.run.trainer import FINE_TUNED
from keras_ean.training import FineTuning


def model_starter(
    model: str, data: str, folder: Path, known: Mapping[str, Any] | None = None, timed: bool = False
) -> tuple[str, Config, Plan]:
    """YAML with comments for a trained model and its images, the configuration that it is, and what a run will do.

    Model and images are looked at, so that whatever does not fit is told now.

    Args:
        model: A .keras file, `keras.applications:NAME` or `module:function`.
        data: A folder of photographs, or `module:function`.
        folder: Where the YAML will be; paths of files are written relative to it.
        known: What else the section `model` has, such as the loss of a model that is not compiled, or the pixels that
            it takes photographs as.

        timed: Also time a few steps on this machine, to tell how long a run takes.

    Raises:
        OSError, ImportError, ValueError: A model or images that are not there or do not fit together.
    """
    values: dict[str, Any] = {
        "data": data,
        "model": {"name": model, **(known or {})},
        "attention": "se",
        "tune": {"epochs": FINE_TUNED, "batch_size": FineTuning.batch_size, "warmup": 1},
        "seeds": 3,
    }
    config = configured(values, (), "keras-ean init")
    with tempfile.TemporaryDirectory() as place:
        run = Run(Path(place) / "run", config)
        plan, unit, architecture = run.plan(timed), run.context.unit, run.context.architecture
    source: dict[str, Any] = {"name": _relative(model, folder)}
    source |= {"objective": unit.objective, "direction": unit.direction, **(known or {})}
    if "imports" in source:
        source["imports"] = [_relative(file, folder) for file in source["imports"]]
    blocks = plural(sum(architecture.stages), "block")
    if len(architecture.stages) > 1:
        blocks += f" ({', '.join(map(str, architecture.stages))} by stage)"
    parts = [
        "# Does attention pay in this model, where, and at what price? keras-ean run answers.",
        _line("model", source, f"attention may go into {blocks}; networks are compared by the {unit.called}"),
        _line("data", {"name": _relative(data, folder)}, f"{plan.data}; the model should have trained on train alone"),
        _line("attention", {"name": "se"}, "a small, quick module; keras-ean improve compares several: se,eca,cbam"),
        _line(
            "tune",
            values["tune"],
            f"epochs of the supernet and again of each network, after {values['tune']['warmup']} of attention alone; "
            "also rate:, the highest, by default a third of the model's",
        ),
        _line("seeds", 3, "trainings of each network that is compared; more of them narrow the intervals"),
        _line(
            "tolerance",
            config.tolerance,
            "points of an accuracy, or percent of another objective, not worth paying for",
        ),
        "# a hard limit over no attention, if you have one\n# max_latency: +5 %",
        "# leave this out, and gates are folded where attention would be recommended: [] folds none\n# compare: []",
        _line("export", list(config.export), "formats of the recommended network"),
    ]
    return "\n".join(parts) + "\n", config, plan


def _line(key: str, value, comment: str) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000)
    return f"# {comment}\n{key}: {text.splitlines()[0]}"


def _relative(name: str, folder: Path) -> str:
    if not Path(name).exists():  # A function, or a model of keras.applications.
        return name
    where = os.path.relpath(Path(name).resolve(), folder.resolve())
    return where if len(Path(where).parts) > 1 else f"./{where}"
