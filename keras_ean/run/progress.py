"""How far a run is, seen from its folder alone while another process works on it: read, never written."""

import os
import time
from contextlib import suppress
from pathlib import Path

from keras_ean.run.how_far import FINISHED, Progress
from keras_ean.run.kept import KeptRun
from keras_ean.search.host.leading import Leading


def progress(run: KeptRun) -> Progress:
    """The progress of a run that has begun; that of a finished one is told without Keras.

    Raises:
        FileNotFoundError: There is no run.
    """
    wanted = run.wanted
    idle = max(0.0, time.time() - _touched(run.folder.path))
    if run.judged and (run.folder.report / "report.md").is_file() and len(run.trained) == len(wanted):
        return Progress(FINISHED, "", 1.0, 0.0, idle, Leading())

    from keras_ean.run.underway import underway  # Here, since it imports Keras.

    return underway(run, idle)


def _touched(folder: Path) -> float:
    """When anything in the folder was written last, in seconds of the clock."""
    newest = 0.0
    for place, _, names in os.walk(folder):  # Which passes over folders that vanish meanwhile.
        for name in names:
            with suppress(FileNotFoundError):  # Another process has moved or removed it.
                newest = max(newest, os.stat(os.path.join(place, name)).st_mtime)
    return newest
