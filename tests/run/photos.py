"""A folder of small photos, for tests."""

import numpy as np
from PIL import Image


def write_photos(root, classes=("cats", "dogs"), each=30, size=(32, 32)):
    """`each` images of every class; `size` is (height, width), or a function of the image's number that gives it."""
    random = np.random.default_rng(0)
    for name in classes:
        (root / name).mkdir(parents=True)
        for number in range(each):
            shape = (*(size(number) if callable(size) else size), 3)
            Image.fromarray(random.integers(0, 255, shape, "uint8")).save(root / name / f"{number:02}.png")
    return root
