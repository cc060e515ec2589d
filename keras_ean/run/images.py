"""The images of a run of a backbone: photographs with a class each."""

from collections.abc import Callable

import numpy as np

from keras_ean.data import ImageData
from keras_ean.data.digest import content_digest
from keras_ean.data.partition import SPLITS
from keras_ean.run.folder import RunFolder
from keras_ean.run.inventory import changes, inventory
from keras_ean.run.kept_images import Facts, KeptImages, spread
from keras_ean.run.subjects import Subjects


class Images(KeptImages[ImageData]):
    """A run's images, whose files may not change between its parts.

    Args:
        read: A function that reads the whole data set.
        folder: The folder of the run, in which facts and sample are kept.
        source: The name or the path of the data set.
    """

    def __init__(self, read: Callable[[], ImageData], folder: RunFolder, source: str):
        super().__init__(folder)
        self._read, self._source = read, source

    def read(self) -> ImageData:
        """All of them.

        Raises:
            ValueError: The files of the images have changed since the run began.
        """
        now, kept = inventory(self._source), self.folder.path / "files.json"
        before = self.folder.json(kept)
        if before is None:
            self.folder.write_json(kept, now)
        elif changed := changes(before, now):
            raise ValueError(
                f"The images in {self._source} have changed since the run in {self.folder.path} began: {changed}. Put "
                "back what they were, or start a run with the new ones in another folder: --out."
            )
        return self._read()

    def facts_of(self, data: ImageData) -> Facts:
        return Facts.of(data)

    def sample_of(self, data: ImageData, number: int) -> np.ndarray:
        return sample(data, number)

    def digests_of(self, data: ImageData) -> dict[str, str]:
        return {name: content_digest(getattr(data, name)) for name in SPLITS}

    def subjects_of(self, data: ImageData) -> Subjects | None:
        return Subjects.of(data)

    def test_images(self, rows: np.ndarray) -> np.ndarray:
        """The test images of these rows, as the network takes them: (rows, height, width, channels)."""
        return self.data.test.take(rows).arrays()[0]


def sample(data: ImageData, number: int) -> np.ndarray:
    """Held-out images, evenly spaced, as the network takes them: (number, height, width, channels), or fewer."""
    return data.test.take(spread(len(data.test), number)).arrays()[0]
