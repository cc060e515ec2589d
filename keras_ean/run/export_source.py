"""What the command `export` works on: a run folder or a file, and a data set."""

from pathlib import Path

import keras
import numpy as np

from keras_ean import data as datasets
from keras_ean.data import ImageData
from keras_ean.exporting.endpoints import Preprocess
from keras_ean.scheme import Scheme


def open_source(
    source: Path, data: str | None, name: str, seed: int
) -> tuple[keras.Model, ImageData | None, Scheme | None]:
    """The network, the images that go with it, and its scheme where they are known.

    Raises:
        FileNotFoundError: neither a run folder with this network nor a .keras file.
    """
    if source.is_dir():
        from keras_ean.run.pipeline import Run

        run = Run(source)
        run.evaluate(name, seed)
        return run.train(name, seed), datasets.load(data) if data else run.data, run.scheme(name, seed)
    if not source.is_file():
        raise FileNotFoundError(f"{source} is neither the folder of a run nor a .keras file.")
    return keras.saving.load_model(source, compile=False), datasets.load(data) if data else None, None


def format_options(data: ImageData | None, quantization: str) -> dict[str, dict]:
    """Format → the options that a data set gives it."""
    options: dict[str, dict] = {"litert": {"quantization": quantization}}
    if data is not None:
        options["saved_model"] = {"class_names": data.class_names, "preprocess": Preprocess.of(data)}
    return options


def sample(data: ImageData, number: int) -> np.ndarray:
    """Held-out images, evenly spaced, as the network takes them."""
    rows = np.linspace(0, len(data.test) - 1, min(number, len(data.test))).astype(int)
    return data.test.take(rows).arrays()[0]
