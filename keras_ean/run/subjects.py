"""What the images of a run show, where several of them show the same thing."""

from dataclasses import dataclass

import numpy as np

from keras_ean.data import ImageData
from keras_ean.data.partition import SPLITS


@dataclass(frozen=True, eq=False)
class Subjects:
    """What images show that belong together (`keras_ean.data.Split`).

    Args:
        called: Called in the plural, such as "digits".
        numbers: The numbers of different ones, by split.
        test: What each test image shows, (images,), whole numbers from 0 on; None: each shows something else.
    """

    called: str
    numbers: dict[str, int]
    test: np.ndarray | None

    @classmethod
    def of(cls, data: ImageData) -> "Subjects | None":
        """Of a data set; None if every image shows something else."""
        shown = {name: getattr(data, name).subjects for name in SPLITS}
        if all(subjects is None for subjects in shown.values()):
            return None
        numbers = {
            name: len(getattr(data, name)) if subjects is None else len(np.unique(subjects))
            for name, subjects in shown.items()
        }
        test = None if shown["test"] is None else np.unique(shown["test"], return_inverse=True)[1]
        return cls(data.subject or "subjects", numbers, test)
