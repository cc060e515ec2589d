"""What the command `export` works on: a run folder or a file, and images to compare on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from keras_ean import data as datasets
from keras_ean.graph.reading import check_inputs
from keras_ean.run.images import sample
from keras_ean.run.kept_images import Facts
from keras_ean.run.pipeline import Run
from keras_ean.run.stages.export import serving
from keras_ean.scheme import Scheme


@dataclass(frozen=True)
class Source:
    """A network to export, with what is known of it.

    Args:
        network: The network to export.
        scheme: Where the network has attention.
        facts: What is known of the images that the network takes, such as their shape and classes.
        sample: A function that gives so many held-out images, as the network takes them.
    """

    network: keras.Model
    scheme: Scheme | None = None
    facts: Facts | None = None
    sample: Callable[[int], np.ndarray | None] = lambda number: None

    def options(self, format: str, quantization: str) -> dict:
        """What this source gives a format."""
        own = {"quantization": quantization} if format == "litert" else {}
        return own if self.facts is None else {**own, **serving(self.facts)}


def open_source(source: Path | keras.Model, data: str | None, name: str | None, seed: int) -> Source:
    """What to export, and the images of `data` or of the run.

    Args:
        source: The folder of a run, or a network.
        data: The name or the folder of images; photos of a folder are brought to the size that a given network takes.
        name: The name of a network of the run; None takes the recommended one.
        seed: The number of its training, counted from 0.

    Raises:
        FileNotFoundError: There is neither a run with this network nor a network at that path.
        ValueError: The given network is subclassed or unbuilt.
    """
    if isinstance(source, keras.Model):
        check_inputs(source)
    size = source.input_shape[1:3] if isinstance(source, keras.Model) else (None,)
    options = {"size": size} if data and Path(data).is_dir() and None not in size else {}
    given = datasets.load(data, **options) if data else None
    images = () if given is None else (Facts.of(given), partial(sample, given))
    if isinstance(source, keras.Model):
        return Source(source, None, *images)
    if not source.is_dir():
        raise FileNotFoundError(f"{source} is neither the folder of a run nor a .keras file.")
    run = Run(source)
    stage = run.network(name or run.recommended().compared.name, seed)
    kept = run.context.images
    return Source(stage.trained(), stage.scheme(), *(images or (kept.facts, kept.sample)))
