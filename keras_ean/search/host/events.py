"""TensorBoard events without TensorFlow: scalars and histograms of a search."""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np


class EventLog:
    """Writes one event a step; `tensorboard --logdir <folder>` shows rewards, entropy and each block's probability.

    Args:
        folder: made at the first event.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     EventLog(folder).write(0, {"reward": 0.5}, np.array([0.4, 0.6]))
        ...     len(os.listdir(folder))
        1
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.path: Path | None = None

    def write(self, step: int, scalars: Mapping[str, float], probabilities: np.ndarray | None = None) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter

        values = [Summary.Value(tag=f"search/{name}", simple_value=value) for name, value in scalars.items()]
        if probabilities is not None:
            values += [
                Summary.Value(tag=f"probability/block_{block}", simple_value=float(p))
                for block, p in enumerate(probabilities)
            ]
        events = [Event(wall_time=time.time(), step=step, summary=Summary(value=values))]
        if self.path is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}"
            self.path = self.folder / name
            events.insert(0, Event(wall_time=time.time(), file_version="brain.Event:2"))
        with self.path.open("ab") as file:
            writer = RecordWriter(file)
            for event in events:
                writer.write(event.SerializeToString())
            writer.flush()
