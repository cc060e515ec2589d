"""How far a run is, seen from its folder alone while another process works on it: read, never written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_ean import backbones
from keras_ean.run import networks, trainer
from keras_ean.run.budget import schemes_at_most
from keras_ean.run.effort import efforts
from keras_ean.run.kept import KeptRun
from keras_ean.run.kept_images import Numbers
from keras_ean.run.report.curves import BEFORE
from keras_ean.search.host.leading import Leading, leading
from keras_ean.search.host.store import FILE, glance
from keras_ean.training import read_curve

FINISHED, SUPERNET, SEARCH, NETWORKS, REPORT = "finished", "the supernet", "the search", "the networks", "the report"


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        stage: that is under way, or `FINISHED`.
        detail: how far the stage is.
        share: of the whole run's work that is done, 0 … 1; None where it cannot be told.
        seconds_left: of trainings and scores, at the pace so far; None where it cannot be told.
        idle: seconds since anything was written.
        search: the best scheme and the newest policy.
        training: title of the newest training.
        epochs: its figures so far.
    """

    stage: str
    detail: str
    share: float | None
    seconds_left: float | None
    idle: float
    search: Leading
    training: str = ""
    epochs: Sequence[dict[str, float]] = ()


def progress(run: KeptRun) -> Progress:
    """Of a run that has begun.

    Raises:
        FileNotFoundError: there is no run.
    """
    folder, config = run.folder, run.config
    wanted = [f"{name}-{seed}" for name in config.compared for seed in range(config.repeats)]
    trained = [name for name in wanted if (folder.path / "networks" / name / "metrics.json").is_file()]
    curves = sorted((folder.path / "curves").glob("*.json"), key=lambda file: file.stat().st_mtime)
    found, counted = leading(folder.search_folder / FILE), glance(folder.search_folder / FILE)
    supernet = folder.supernet_file.is_file() or counted.phase is not None
    course = trainer.pretraining(config)
    if not supernet:
        epochs = read_curve(folder.curve("pretrain"))
        stage, detail = SUPERNET, f"epoch {len(epochs)} of {course.epochs}"
    elif not folder.scheme_file.is_file():
        stage, detail = SEARCH, f"{counted.schemes} schemes scored in {counted.steps} steps"
    elif len(trained) < len(wanted):
        stage, detail = NETWORKS, f"{len(trained)} of {len(wanted)} trainings"
    elif not (run.judged and (folder.report / "report.md").is_file()):
        stage, detail = REPORT, "exports, times of inference and figures"
    else:
        stage, detail = FINISHED, ""
    share, left = (1.0, 0.0) if stage == FINISHED else _left(run, found, counted.schemes, wanted, trained)
    newest = curves[-1] if curves else None
    return Progress(
        stage,
        detail,
        share,
        left,
        max(0.0, time.time() - _touched(folder.path)),
        found,
        _called(newest.stem) if newest else "",
        read_curve(newest) if newest else (),
    )


def _left(
    run: KeptRun, found: Leading, schemes: int, wanted: Sequence[str], trained: Sequence[str]
) -> tuple[float | None, float | None]:
    """Share done and seconds left, from the passes of every stage and the time that those so far have taken."""
    folder, config, numbers = run.folder, run.config, run.numbers()
    stages = found.stages
    if stages is None and config.backbone is not None:
        stages = backbones.get(config.backbone.name, **config.backbone.options).stages
    if not numbers or stages is None:
        return None, None
    parts = efforts(config, Numbers(**numbers), stages)
    own = trainer.of_networks(config).epochs
    curves = {file.stem: read_curve(file) for file in (folder.path / "curves").glob("*.json")}
    shares = {
        "supernet": len(curves.get("pretrain", ())) / trainer.pretraining(config).epochs,
        "search": schemes / schemes_at_most(config, stages),
        "networks": sum(own if name in trained else len(curves.get(name, ())) for name in wanted) / (own * len(wanted)),
    }
    ended = {"supernet": folder.supernet_file.is_file(), "search": folder.scheme_file.is_file()}
    done = sum(parts[name].passes * (1.0 if ended.get(name) else min(1.0, shares[name])) for name in shares)
    total = sum(parts[name].passes for name in shares)
    spent = found.seconds + sum(one["seconds"] for epochs in curves.values() for one in epochs)
    return (done / total, spent * (total - done) / done) if done else (0.0, None)


def _called(training: str) -> str:
    """A training as its progress bar is called."""
    name, _, seed = training.rpartition("-")
    return f"{networks.title(name)}, seed {seed}" if name in networks.NETWORKS else BEFORE.get(training, training)


def _touched(folder: Path) -> float:
    """When anything in the folder was written last, in seconds of the clock."""
    return max(path.stat().st_mtime for path in folder.rglob("*") if path.is_file())
