"""What every phase of a run is given."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from keras_ean import backend, data
from keras_ean.escaping import terminal
from keras_ean.run import shown
from keras_ean.run.architecture import Architecture
from keras_ean.run.by_task import ByTask
from keras_ean.run.checks import check_names
from keras_ean.run.config import Config
from keras_ean.run.folder import RunFolder
from keras_ean.run.given import Given, images_of
from keras_ean.run.images import Images
from keras_ean.run.no_run import check_place
from keras_ean.run.plugged import PluggedArchitecture
from keras_ean.run.unit import Unit
from keras_ean.run.work import Prepared
from keras_ean.tracking import Guarded, TensorBoard, Tracker, Trackers
from keras_ean.training import Devices, TimeLimit


class Context:
    """Knows where a run is kept, how it is configured, and what it works with and on. Takes the arguments of `Run`.

    Attributes:
        folder: The folder in which each phase keeps its result.
        config: The configuration of the run.
        images: The images, which are read when a phase needs them.
        architecture: What builds supernet and networks.
        by_task: What scores networks where the model was given; None where a backbone is trained by a recipe.
        devices, limit, console: What `Run` was given.
        prepared: The network of the last training, for the next one that is alike.
        tracker: TensorBoard and those of `Run`, as one; silent in all processes of a training but the first.
    """

    def __init__(
        self,
        folder: str | Path,
        config: Config | None,
        console: Console | None,
        limit: TimeLimit,
        devices: Devices,
        given: Given | None = None,
        trackers: Sequence[Tracker] = (),
    ):
        if devices.processes > 1 and limit.end < math.inf:
            raise ValueError("On several hosts a training has no time limit; leave out --minutes.")
        self.devices, self.limit = devices, limit
        self.console = console or Console(quiet=not devices.first)
        self.folder = RunFolder(folder, devices.first, self.tell)
        if config is not None:
            check_place(self.folder.path)
        self.tracker = Trackers([TensorBoard(self.folder.logs), *map(Guarded, trackers)] if devices.first else [])
        self.config = config or self.folder.config()
        check_names(self.config, self.folder.begun)
        self.by_task: ByTask | None = None
        self.images: Any
        self.architecture: Architecture | PluggedArchitecture
        if self.config.model is None:
            source = self.config.data
            self.images = Images(data.prepare(source.name, **source.options), self.folder, source.name)
            self.architecture = Architecture(self.config, self.images)
        else:
            self.images = images_of(self.config, self.folder, given, lambda: plugged)
            plugged = PluggedArchitecture(self.config, self.images, self.folder, given and given.model)
            self.architecture, self.by_task = plugged, ByTask(self.config, plugged, self.images)
        self.config = self.folder.open(self.config)
        if isinstance(self.architecture, PluggedArchitecture):
            self.architecture.keep()
        if self.config.shrinking is not None and devices.several:
            raise ValueError(
                "shrinking scores schemes while the supernet trains, which is done on one device: leave it out."
            )
        backend.keep_compiled(self.folder.compiled)
        self.prepared: Prepared | None = None
        self._models: dict[Path, keras.Model] = {}

    def tell(self, line: str) -> None:
        """Shows a line, in which names of the user's are harmless."""
        self.console.print(terminal(line), highlight=False, soft_wrap=True, markup=False)

    @property
    def title(self) -> str:
        """The title of reports and figures."""
        return shown.title(self.config)

    @property
    def unit(self) -> Unit:
        """The unit in which results are reported."""
        return Unit() if self.by_task is None else self.by_task.unit

    def save(self, model: keras.Model, path: Path) -> None:
        """Keeps a finished model."""
        self.folder.save(model, path)
        self.remember(model, path)

    def remember(self, model: keras.Model, path: Path) -> None:
        """So that it is not read from its file; nothing may change it any more."""
        self._models[path] = model

    def load(self, path: Path) -> keras.Model:
        """A finished model, read from its file once."""
        if path not in self._models:
            architecture = self.architecture
            if isinstance(architecture, PluggedArchitecture):
                self._models[path] = architecture.load(path)
            else:
                self._models[path] = keras.models.load_model(path)
        return self._models[path]
