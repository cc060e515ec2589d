"""The figures of every epoch of a training, in a file that grows while it runs."""

import time
from pathlib import Path

import keras
import numpy as np

from keras_ean import files


class Curve(keras.callbacks.Callback):
    """Keeps what `fit` reports of every epoch in a JSON file, from which a report draws the curves.

    The file is a list with a dict for each epoch. A training that goes on from a checkpoint goes on with its curve.

    Args:
        file: The JSON file, which is written after each epoch.
        keep: Whether this process writes the file; of several processes one does.

    Example:
        >>> import tempfile
        >>> curve = Curve(Path(tempfile.mkdtemp()) / "curve.json")
        >>> curve.on_epoch_begin(0)
        >>> curve.on_epoch_end(0, {"loss": 0.5})
        >>> [(row["epoch"], row["loss"]) for row in read_curve(curve.file)]
        [(1, 0.5)]
    """

    def __init__(self, file: str | Path, keep: bool = True):
        super().__init__()
        self.file, self.keep = Path(file), keep

    def on_epoch_begin(self, epoch, logs=None):
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if not self.keep:
            return
        seconds = round(time.perf_counter() - self.begun, 3)
        # Of a metric with a value for each class their mean.
        values = {name: float(np.mean(value)) for name, value in (logs or {}).items()}
        row = {"epoch": epoch + 1, "seconds": seconds, **values}
        if self.file.is_file() and _read(self.file) is None:
            files.tell(f"{self.file} is damaged: moved to {files.set_aside(self.file).name}; this curve begins anew.")
        # An epoch that a kill took back is trained again.
        earlier = [one for one in read_curve(self.file) if one["epoch"] <= epoch]
        files.write_json(self.file, [*earlier, row])


def read_curve(file: str | Path) -> list[dict[str, float]]:
    """Reads what a `Curve` has kept: for each epoch its number ("epoch", from 1 on), "seconds", loss and metrics.

    The list is empty if the file is missing or damaged, since no result depends on it.

    Args:
        file: The JSON file of the curve.
    """
    return (_read(Path(file)) if Path(file).is_file() else None) or []


def _read(file: Path) -> list[dict[str, float]] | None:
    """None if the file is damaged."""
    try:
        return files.read_json(file)
    except ValueError:
        return None
