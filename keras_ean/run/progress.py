"""How far a run is, seen from its folder alone while another process works on it: read, never written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_ean.run.kept import KeptRun
from keras_ean.search.host.leading import Leading

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
    """The progress of a run that has begun; that of a finished one is told without Keras.

    Raises:
        FileNotFoundError: there is no run.
    """
    idle = max(0.0, time.time() - _touched(run.folder.path))
    if run.judged and (run.folder.report / "report.md").is_file() and len(run.trained) == len(run.wanted):
        return Progress(FINISHED, "", 1.0, 0.0, idle, Leading())

    from keras_ean.run.underway import underway  # Here, since it imports Keras.

    return underway(run, idle)


def _touched(folder: Path) -> float:
    """When anything in the folder was written last, in seconds of the clock."""
    return max(path.stat().st_mtime for path in folder.rglob("*") if path.is_file())
