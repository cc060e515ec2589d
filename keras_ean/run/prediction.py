"""What a run's network says of photos: image files of any size to class names with probabilities."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from scipy.special import softmax

from keras_ean.data.decode import UnreadableImage, read_image
from keras_ean.data.tree import LITTER, SUFFIXES
from keras_ean.exporting.endpoints import gives_probabilities
from keras_ean.run.kept_images import Facts

BATCH = 32
"""Photos that are in memory at once."""


@dataclass(frozen=True)
class Prediction:
    """What a network says of one photo.

    Attributes:
        file: The file of the photo.
        probabilities: Probabilities by class name, the most probable class first; empty if the photo cannot be read.
        error: Why it cannot be read; None if it can.

    Example:
        >>> str(Prediction(Path("photo.jpg"), {"cat": 0.9, "dog": 0.1}))
        'photo.jpg: cat 90.0 %, dog 10.0 %'
    """

    file: Path
    probabilities: dict[str, float]
    error: str | None = None

    @property
    def label(self) -> str | None:
        """The most probable class."""
        return next(iter(self.probabilities), None)

    def top(self, count: int) -> "Prediction":
        """The prediction with the most probable classes alone."""
        return Prediction(self.file, dict(list(self.probabilities.items())[:count]), self.error)

    def __str__(self) -> str:
        classes = ", ".join(f"{name} {100 * value:.1f} %" for name, value in self.probabilities.items())
        return f"{self.file}: {self.error or classes}"


def predict(network: keras.Model, facts: Facts, files: Iterable[Path]) -> Iterator[Prediction]:
    """The prediction for every photo, in their order; one that cannot be read has an `error`, and the others are
    still done.

    Args:
        network: The network, which gives logits or probabilities.
        facts: What is known of the images that the network takes, such as their shape and classes.
        files: The paths of the photos.

    Raises:
        ValueError: The network names no classes, or its images have neither one channel nor three, as photos do.
    """
    if not facts.class_names:
        raise ValueError(
            "A prediction names the classes of photos, but this run's images have none. Its networks are Keras models "
            "for all else: networks/found-0/model.keras in its folder."
        )
    channels = facts.shape[2]
    if channels not in (1, 3):
        raise ValueError(f"Photos are grey or in colour, with 1 or 3 channels, but this network takes {channels}.")
    files, certain = list(files), gives_probabilities(network)
    for start in range(0, len(files), BATCH):
        read = [(file, _read(file, channels)) for file in files[start : start + BATCH]]
        photos = [photo for _, photo in read if isinstance(photo, np.ndarray)]
        rows = iter(_probabilities(network, facts, photos, certain)) if photos else iter(())
        for file, photo in read:
            if isinstance(photo, str):
                yield Prediction(file, {}, photo)
            else:
                row = next(rows)
                order = np.argsort(-row, kind="stable")
                yield Prediction(file, {facts.class_names[place]: float(row[place]) for place in order})


def _read(file: Path, channels: int) -> np.ndarray | str:
    """The photo, or why it cannot be read."""
    try:
        return read_image(file.read_bytes(), channels)
    except UnreadableImage as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)


def _probabilities(network: keras.Model, facts: Facts, photos: list[np.ndarray], certain: bool) -> np.ndarray:
    """(photos, classes); `certain` if these are what the network gives."""
    outputs = network(facts.preprocess.arrays(photos, facts.shape), training=False)
    values = keras.ops.convert_to_numpy(outputs).astype("float64")
    return values if certain else softmax(values, axis=-1)


def photos_in(paths: Iterable[str | Path]) -> list[Path]:
    """The files themselves, and of folders all image files at any depth, sorted; hidden ones are passed over.

    Raises:
        FileNotFoundError: A folder without image files.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            found.append(path)
        elif inside := sorted(file for file in path.rglob("*") if _is_photo(file.relative_to(path))):
            found += inside
        else:
            raise FileNotFoundError(f"The folder {path} holds no image files ({', '.join(sorted(SUFFIXES))}).")
    return found


def _is_photo(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not any(part.startswith(".") or part in LITTER for part in file.parts)
