"""TensorBoard's files, written on every backend without TensorFlow."""

import io
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from keras_ean.tracking.tracker import Tracker


class TensorBoard(Tracker):
    """Writes files for TensorBoard; `tensorboard --logdir <folder>` shows each part of a run as a run of its own.

    The HParams dashboard takes every trial of a search for a run of its own; so that they do not fill the other
    dashboards they are in a folder beside: `tensorboard --logdir <folder>-trials`.

    Args:
        folder: The folder that gets a folder for each part, once the part has a first value.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     TensorBoard(folder).scalars("search", 0, {"reward/total": 0.5})
        ...     os.listdir(folder)
        ['search']
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.files: dict[Path, Path] = {}

    def scalars(self, part: str, step: int, values: Mapping[str, float]) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary

        told = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._write(self.folder / part, step, told)

    def image(self, part: str, step: int, name: str, pixels: np.ndarray) -> None:
        from PIL import Image
        from tensorboard.compat.proto.summary_pb2 import Summary

        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "png")
        height, width, _ = pixels.shape
        picture = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=file.getvalue())
        self._write(self.folder / part, step, [Summary.Value(tag=name, image=picture)])

    def trial(self, part: str, number: int, parameters: Mapping[str, bool], results: Mapping[str, float]) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import metadata
        from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

        session = SessionStartInfo(group_name=f"{part}-{number}", start_time_secs=time.time())
        for name, value in parameters.items():
            session.hparams[name].bool_value = value
        described = metadata.create_summary_metadata(HParamsPluginData(session_start_info=session))
        started = Summary.Value(tag=metadata.SESSION_START_INFO_TAG, metadata=described, tensor=metadata.NULL_TENSOR)
        values = [Summary.Value(tag=name, simple_value=value) for name, value in results.items()]
        trials = self.folder.with_name(f"{self.folder.name}-trials")
        self._write(trials / part / f"{number:04d}", 0, [started, *values])

    def _write(self, folder: Path, step: int, values: list) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter

        events = [Event(wall_time=time.time(), step=step, summary=Summary(value=values))]
        if folder not in self.files:
            folder.mkdir(parents=True, exist_ok=True)
            name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}"
            self.files[folder] = folder / name
            events.insert(0, Event(wall_time=time.time(), file_version="brain.Event:2"))
        with self.files[folder].open("ab") as file:
            writer = RecordWriter(file)
            for event in events:
                writer.write(event.SerializeToString())
            writer.flush()
