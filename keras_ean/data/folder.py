"""Images in folders, one per class."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_ean.data.augment import CentreCrop
from keras_ean.data.files import Readout, read_all
from keras_ean.data.image_data import ImageData
from keras_ean.data.partition import Holdout, Part, caution, partition
from keras_ean.data.split import Split
from keras_ean.data.tree import find_images

MEMORY = 1 << 30


def load_folder(
    folder: str | Path,
    size: int | tuple[int, int] | None = None,
    resize: int | None = None,
    channels: int | None = None,
    normalize: bool = True,
    validation: float | int = 0.1,
    test: float | int = 0.2,
    seed: int = 0,
    strict: bool = False,
    memory: int = MEMORY,
    workers: int | None = None,
) -> ImageData:
    """A data set of folder/train/class/…, folder/test/class/… (also "val"), or folder/class/… with splits made.

    Every file is decoded once now: those that cannot be are left out, warned of and listed in `report`.

    Args:
        folder: the root.
        size: (height, width) that the network takes, or one number for both; needed where images differ in size.
            Images are brought to it by `CentreCrop(size, resize)`, or by a `ResizedCrop` in training.
        resize: pixels of the shorter side before the centre crop; 256 for ImageNet's 224.
        channels: 1 or 3; default: 1 if all images are grey, else 3.
        normalize: `arrays` and `batches` subtract the training images' channel means and divide by their deviations.
        validation: share of each class, or images per class, held out of train for the search.
        test: the same for the test images, where the folder has none.
        seed: of what is held out.
        strict: refuse files that cannot be decoded instead of leaving them out.
        memory: bytes of pixels up to which the images are kept in memory; beyond, they are decoded when needed.
        workers: threads that decode; default: one per core.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no class folders, a class without images, sizes that differ without `size`, and with `strict`
            files that cannot be decoded.
        PermissionError: a folder that cannot be listed.
    """
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder {root}.")
    if channels not in (None, 1, 3):
        raise ValueError(f"channels is 1 or 3, not {channels!r}.")
    tree = find_images(root)
    report = list(tree.skipped)
    splits = {split or "train": classes for split, classes in tree.files.items()}
    names = sorted({name for classes in splits.values() for name in classes})
    readouts: dict[str, Readout] = {}
    labels: dict[str, np.ndarray] = {}
    for split, classes in splits.items():
        label_of = {path: names.index(name) for name, paths in classes.items() for path in paths}
        readouts[split] = readout = read_all(list(label_of), channels, memory, workers)
        labels[split] = np.array([label_of[path] for path in readout.paths], np.int32)
        memory -= sum(image.nbytes for image in readout.pixels or ())
    bad = [line for readout in readouts.values() for line in readout.bad]
    if bad:
        message = f"{root}: {len(bad)} file(s) cannot be decoded: " + "; ".join([*bad[:5], "…"][: len(bad)])
        if strict:
            raise ValueError(f"{message}. Remove or repair them, or load with strict=False.")
        caution(message, report)
        report += bad
    channels = channels or max(readout.channels for readout in readouts.values())
    shape, prepare = _shape(root, list(readouts.values()), size, resize, channels)
    parts = {
        split: Part(
            Split(readout.images(_uniform(readouts.values()), channels), labels[split], prepare=prepare),
            np.array(readout.prints, np.int64),
            readout.paths.__getitem__,
        )
        for split, readout in readouts.items()
    }
    return partition(str(root), parts, names, shape, normalize, Holdout(validation, test, seed), report)


def _uniform(readouts: Iterable[Readout]) -> bool:
    return len({shape[:2] for readout in readouts for shape in readout.shapes}) <= 1


def _shape(
    root: Path, readouts: list[Readout], size: int | tuple[int, int] | None, resize: int | None, channels: int
) -> tuple[tuple[int, int, int], CentreCrop | None]:
    """The shape that the network takes, and how images are brought to it."""
    examples = {shape[:2]: path for readout in readouts for shape, path in zip(readout.shapes, readout.paths)}
    if not examples:
        raise ValueError(f"{root} has no images that can be decoded.")
    if size is None:
        if len(examples) > 1:
            (one, first), (other, second) = sorted(examples.items())[:: len(examples) - 1]
            raise ValueError(
                f"{root}: images differ in size, from {one[0]}×{one[1]} ({first}) to {other[0]}×{other[1]} "
                f"({second}); load with size=(height, width)."
            )
        return (*next(iter(examples)), channels), None
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 1:
        raise ValueError(f"size is (height, width) in pixels, at least 1, not {size!r}.")
    crop = None if resize is None and set(examples) == {(height, width)} else CentreCrop((height, width), resize)
    return (height, width, channels), crop
