"""Images in folders, one per class."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.data.encoded import EncodedSplit, from_encoded
from keras_ean.data.image_data import ImageData
from keras_ean.data.options import DEFAULT, Options
from keras_ean.data.partition import caution
from keras_ean.data.source_registry import register
from keras_ean.data.tree import find_images


def is_folder(source: Any) -> bool:
    """Whether `source` is the path of a folder."""
    return isinstance(source, str | os.PathLike) and Path(source).is_dir()


@register("folder", is_folder)
def load_folder(folder: str | Path, options: Options = DEFAULT) -> ImageData:
    """Loads images from folder/train/class/…, folder/test/class/… (also "val"), or from folder/class/…, in which case
    splits are drawn.

    Every file is decoded once at loading, unless `verify` is off; those that cannot be are left out, warned of and
    listed in `report`.

    Raises:
        ValueError: There are no folders of classes, a class has no images, or the images are refused for another reason
            that the message tells.
        PermissionError: A folder cannot be listed.
    """
    root = Path(folder)
    tree = find_images(root)
    names = sorted({name for classes in tree.files.values() for name in classes})
    sources = {}
    for split, classes in tree.files.items():
        paths = [path for files in classes.values() for path in files]
        labels = np.repeat([names.index(name) for name in classes], [len(files) for files in classes.values()])
        sources[split or "train"] = EncodedSplit(paths, labels.astype(np.int32), paths.__getitem__)
    report = list(tree.skipped)
    for message in tree.unlabelled:
        caution(message, report)
    return from_encoded(str(root), sources, names, options, report)
