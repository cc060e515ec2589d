"""The images of a run: read when a stage needs them; what the others need is kept in the run's folder."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from keras_ean.data import ImageData
from keras_ean.exporting import Preprocess
from keras_ean.run.folder import RunFolder, read_json
from keras_ean.run.inventory import changes, inventory

SAMPLE = 100
"""Held-out images that are kept, to compare and to time networks on."""


@dataclass(frozen=True)
class Facts:
    """What a network and its export must know of the images.

    Args:
        shape: (height, width, channels) that a network takes.
        class_names: one per label.
        preprocess: from pixels to what the network takes.
    """

    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    preprocess: Preprocess

    @classmethod
    def of(cls, data: ImageData) -> "Facts":
        return cls(data.shape, data.class_names, Preprocess.of(data))

    @property
    def classes(self) -> int:
        return len(self.class_names)


@dataclass(frozen=True)
class Numbers:
    """Numbers of images: to train on, to score schemes on, and to test networks on."""

    train: int
    validation: int
    test: int

    @classmethod
    def of(cls, data: ImageData) -> "Numbers":
        return cls(len(data.train), len(data.validation), len(data.test))


class Images:
    """A run's images, read at most once, and not at all by a stage that only needs `facts`, `numbers` or a `sample`.

    Args:
        read: gives the whole data set.
        folder: where facts and sample are kept.
        source: name or path of the data set.
    """

    def __init__(self, read: Callable[[], ImageData], folder: RunFolder, source: str):
        self._read, self._folder, self._source = read, folder, source
        self._facts_file, self._sample_file = folder.path / "images.json", folder.path / "images.npy"

    @cached_property
    def data(self) -> ImageData:
        """All of them.

        Raises:
            ValueError: their files have changed since the run began.
        """
        self._check_files()
        data, folder = self._read(), self._folder
        if data.report:
            folder.write(folder.path / "data.txt", "\n".join(data.report) + "\n")
        if folder.writes and not (folder.whole(self._facts_file) and folder.whole(self._sample_file)):
            with folder.keeping(self._sample_file) as partial:
                np.save(partial, sample(data, SAMPLE))
            folder.write_json(self._facts_file, {**asdict(Facts.of(data)), "numbers": asdict(Numbers.of(data))})
        return data

    def _check_files(self) -> None:
        now, kept = inventory(self._source), self._folder.path / "files.json"
        before = self._folder.json(kept)
        if before is None:
            self._folder.write_json(kept, now)
        elif changed := changes(before, now):
            raise ValueError(
                f"The images in {self._source} have changed since the run in {self._folder.path} began: {changed}. Put "
                "back what they were, or start a run with the new ones in another folder: --out."
            )

    @cached_property
    def facts(self) -> Facts:
        if "data" in vars(self) or not self._folder.whole(self._facts_file):
            return Facts.of(self.data)
        kept = read_json(self._facts_file)
        preprocess = Preprocess(**kept["preprocess"])
        return Facts(tuple(kept["shape"]), tuple(kept["class_names"]), preprocess)

    @cached_property
    def numbers(self) -> Numbers:
        kept = self._folder.json(self._facts_file) or {}
        # An earlier version did not keep them.
        return Numbers(**kept["numbers"]) if "numbers" in kept else Numbers.of(self.data)

    def test_images(self, rows: np.ndarray) -> np.ndarray:
        """The test images of these rows, as the network takes them: (rows, height, width, channels)."""
        return self.data.test.take(rows).arrays()[0]

    def sample(self, number: int = SAMPLE) -> np.ndarray:
        """Held-out images, evenly spaced, as the network takes them: (number, height, width, channels), or fewer."""
        if number <= SAMPLE and self._folder.whole(self._sample_file):
            kept = np.load(self._sample_file)
            return kept[np.linspace(0, len(kept) - 1, min(number, len(kept))).astype(int)]
        return sample(self.data, number)


def sample(data: ImageData, number: int) -> np.ndarray:
    """Held-out images, evenly spaced, as the network takes them: (number, height, width, channels), or fewer."""
    rows = np.linspace(0, len(data.test) - 1, min(number, len(data.test))).astype(int)
    return data.test.take(rows).arrays()[0]
