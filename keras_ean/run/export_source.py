"""What the command `export` works on: a run folder or a file, and images to compare on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from keras_ean import data as datasets
from keras_ean.run.images import Facts, sample
from keras_ean.run.pipeline import Run
from keras_ean.run.stages.export import serving
from keras_ean.scheme import Scheme


@dataclass(frozen=True)
class Source:
    """A network to export, with what is known of it.

    Args:
        network: to export.
        scheme: where the network has attention.
        facts: of the images that it takes.
        sample: (number) → held-out images as it takes them.
    """

    network: keras.Model
    scheme: Scheme | None = None
    facts: Facts | None = None
    sample: Callable[[int], np.ndarray | None] = lambda number: None

    def options(self, format: str, quantization: str) -> dict:
        """What this source gives a format."""
        own = {"quantization": quantization} if format == "litert" else {}
        return own if self.facts is None else {**own, **serving(self.facts)}


def open_source(source: Path, data: str | None, name: str | None, seed: int) -> Source:
    """The network of a run folder (by default the recommended one) or a file, and the images of `data` or of the run.

    Raises:
        FileNotFoundError: neither a run folder with this network nor a .keras file.
    """
    given = datasets.load(data) if data else None
    images = () if given is None else (Facts.of(given), partial(sample, given))
    if source.is_dir():
        run = Run(source)
        stage = run.network(name or run.recommended().compared.name, seed)
        kept = run.context.images
        return Source(stage.trained(), stage.scheme(), *(images or (kept.facts, kept.sample)))
    if not source.is_file():
        raise FileNotFoundError(f"{source} is neither the folder of a run nor a .keras file.")
    return Source(keras.saving.load_model(source, compile=False), None, *images)
