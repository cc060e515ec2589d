"""What every stage of a run is given."""

import math
from pathlib import Path

import keras
from rich.console import Console

from keras_ean import backend, data
from keras_ean.run.architecture import Architecture
from keras_ean.run.checks import check_names
from keras_ean.run.config import Config
from keras_ean.run.folder import RunFolder
from keras_ean.run.images import Images
from keras_ean.training import Devices, TimeLimit


class Context:
    """Where a run is kept, how it is configured, and what it works with and on. Arguments as `Run`.

    Attributes:
        folder: where each stage keeps its result.
        config: of the run.
        images: read when a stage needs them.
        architecture: builds supernet and networks.
        devices, limit, console: see `Run`.
    """

    def __init__(
        self, folder: str | Path, config: Config | None, console: Console | None, limit: TimeLimit, devices: Devices
    ):
        if devices.processes > 1 and limit.end < math.inf:
            raise ValueError("On several hosts a training has no time limit; leave out --minutes.")
        self.devices, self.limit = devices, limit
        self.console = console or Console(quiet=not devices.first)
        self.folder = RunFolder(folder, writes=devices.first)
        self.config = config or self.folder.config()
        check_names(self.config)
        source = self.config.data
        self.images = Images(data.prepare(source.name, **source.options), self.folder, source.name)
        self.architecture = Architecture(self.config, self.images)
        self.folder.open(self.config)
        backend.keep_compiled(self.folder.compiled)
        self._models: dict[Path, keras.Model] = {}

    @property
    def title(self) -> str:
        """Of reports and figures."""
        config = self.config
        return f"{config.data.name} · {config.backbone.name} · {config.attention.name}"

    def save(self, model: keras.Model, path: Path) -> None:
        """Keeps a finished model."""
        self.folder.save(model, path)
        self._models[path] = model

    def load(self, path: Path) -> keras.Model:
        """A finished model, read from its file once."""
        if path not in self._models:
            self._models[path] = keras.models.load_model(path)
        return self._models[path]
