"""A run's images: read when a phase needs them; what the others need is kept in the run's folder."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from keras_ean.data import ImageData
from keras_ean.exporting import Preprocess
from keras_ean.run.folder import RunFolder, read_json

SAMPLE = 100
"""Held-out images that are kept, to compare and to time networks on."""
T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """What a network and its export must know of the images.

    Args:
        shape: The (height, width, channels) of an image that a network takes.
        class_names: The name of each class, in the order of the labels.
        preprocess: The way from pixels to what the network takes.
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
    """The numbers of images to train on, to score schemes on, and to test networks on."""

    train: int
    validation: int
    test: int

    @classmethod
    def of(cls, data: Any) -> "Numbers":
        """The numbers of a data set with these three splits."""
        return cls(len(data.train), len(data.validation), len(data.test))


class KeptImages(Generic[T]):
    """Images that are read at most once, and not at all by a phase that only needs `facts`, `numbers` or a `sample`.

    A subclass implements `read`, `facts_of`, `sample_of` and `digests_of`.

    Args:
        folder: The folder of the run, in which facts and sample are kept.
    """

    def __init__(self, folder: RunFolder):
        self.folder = folder
        self._facts_file, self._sample_file = folder.path / "images.json", folder.path / "images.npy"

    def read(self) -> T:
        """Reads the whole data set, whose `report` tells what was skipped or changed."""
        raise NotImplementedError(f"{type(self).__name__} must implement read().")

    def facts_of(self, data: T) -> Facts:
        raise NotImplementedError(f"{type(self).__name__} must implement facts_of(data).")

    def sample_of(self, data: T, number: int) -> Any:
        """Held-out images, evenly spaced, as the network takes them, so many or fewer."""
        raise NotImplementedError(f"{type(self).__name__} must implement sample_of(data, number).")

    def digests_of(self, data: T) -> dict[str, str]:
        """What stands for the images and targets of each split."""
        raise NotImplementedError(f"{type(self).__name__} must implement digests_of(data).")

    @cached_property
    def data(self) -> T:
        """All of them.

        Raises:
            ValueError: The images are other ones than those that the run has begun with.
        """
        data: Any = self.read()
        folder, digests = self.folder, self.digests_of(data)
        changed = self._changed(digests)
        if data.report:
            folder.write(folder.path / "data.txt", "\n".join(data.report) + "\n")
        known = folder.whole(self._facts_file) and folder.whole(self._sample_file)
        if folder.writes and (changed or not known):
            self._keep(data, digests)
        return data

    def _changed(self, digests: dict[str, str]) -> list[str]:
        """Splits that are other ones than those that were read before; ValueError if anything was made of those."""
        kept = (self.folder.json(self._facts_file) or {}).get("digests", digests)  # Earlier versions kept none.
        changed = [name for name, digest in digests.items() if kept.get(name) != digest]
        if changed and self.folder.begun:
            raise ValueError(
                f"The {' and '.join(changed)} images are other ones than those that the run in {self.folder.path} "
                "began with. Put back what they were, in their order (a function that makes them must give the same "
                "each time), or start a run with the new ones in another folder: --out."
            )
        return changed

    def _keep(self, data: T, digests: dict[str, str]) -> None:
        images = self.sample_of(data, SAMPLE)
        if isinstance(images, np.ndarray):
            with self.folder.keeping(self._sample_file) as partial:
                np.save(partial, images)
            facts = {**asdict(self.facts_of(data)), "numbers": asdict(Numbers.of(data)), "digests": digests}
            self.folder.write_json(self._facts_file, facts)

    @cached_property
    def facts(self) -> Facts:
        if "data" in vars(self) or not self.folder.whole(self._facts_file):
            return self.facts_of(self.data)
        kept = read_json(self._facts_file)
        return Facts(tuple(kept["shape"]), tuple(kept["class_names"]), Preprocess(**kept["preprocess"]))

    @cached_property
    def numbers(self) -> Numbers:
        kept = self.folder.json(self._facts_file) or {}
        # An earlier version did not keep them.
        return Numbers(**kept["numbers"]) if "numbers" in kept else Numbers.of(self.data)

    def sample(self, number: int = SAMPLE) -> Any:
        """Held-out images, evenly spaced, as the network takes them, in its structure of inputs: so many, or fewer."""
        if number <= SAMPLE and self.folder.whole(self._sample_file):
            kept = np.load(self._sample_file)
            return kept[spread(len(kept), number)]
        return self.sample_of(self.data, number)


def spread(rows: int, number: int) -> np.ndarray:
    """So many of these rows, or all, evenly spaced."""
    return np.linspace(0, rows - 1, min(number, rows)).astype(int)
