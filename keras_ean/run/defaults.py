"""What a configuration leaves open, chosen by its images: size, backbone, attention and the supernet's training."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_ean.data.options import Options
from keras_ean.option_types import type_faults

NEEDED = {"backbone": "name", "attention": "name", "pretrain": "recipe"}
"""Sections, and the key without which they say nothing."""
SIZES = (128, 96, 64, 48, 32)
"""Pixels that images of different or large sizes are brought to, the largest that they have."""
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 3_000, 30, 100
"""Training steps after which small networks were at their plateau (experiments/README.md), and the limits of epochs."""


@dataclass(frozen=True)
class Look:
    """What is known of images before they are read.

    Args:
        train: The number of images to train on, without those that are held out.
        classes: The number of classes.
        height, width: The height and width of all images in pixels; of the smaller half where they differ.
        alike: Whether all images have this size.
    """

    train: int
    classes: int
    height: int
    width: int
    alike: bool = True

    @property
    def side(self) -> int:
        return min(self.height, self.width)


@dataclass(frozen=True)
class Choice:
    """A value, and why."""

    value: Any
    reason: str

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, dict):
            name, *options = value.items()
            value = ", ".join([name[1], *(f"{key} {one}" for key, one in options)])
        return f"{value} ({self.reason})"


def choices(values: Mapping[str, Any]) -> dict[str, Choice]:
    """What is missing in a configuration, by key; "size" is an option of the data. None without data.

    Raises:
        OSError, ValueError: The data are not there, or cannot be used.
    """
    data = values.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return {}
    if "model" in values:  # Which knows its size and its training.
        return {} if "attention" in values else {"attention": ATTENTION}
    data = {key: value for key, value in data.items() if value is not None}  # What is null is left to the default.
    given = {key: values[key] for key in NEEDED if values.get(key) is not None}
    missing = [
        key for key in NEEDED if key not in given or (isinstance(given[key], dict) and NEEDED[key] not in given[key])
    ]
    folder = Path(data["name"]).is_dir()
    if not missing and not (folder and "size" not in data):
        return {}
    options = {key: value for key, value in data.items() if key != "name"}
    if faults := type_faults(Options, options):
        raise ValueError(f"{'; '.join(faults)}.")
    look = look_at_folder(Path(data["name"]), options) if folder else look_at_data(data["name"], options)
    found: dict[str, Choice] = {}
    side = look.side
    if folder and "size" not in data and (not look.alike or ("backbone" in missing and side > SIZES[0])):
        side = next((size for size in SIZES if size <= look.side), SIZES[-1])
        why = "the largest images" if look.alike else "images differ in size; most have at least"
        found["size"] = Choice(side, f"{why} {look.height}×{look.width}; more pixels see more and take longer")
    elif "size" in data:
        side = min(data["size"]) if isinstance(data["size"], list | tuple) else data["size"]
    every = {"backbone": backbone(side), "attention": ATTENTION, "pretrain": pretraining(look.train, side)}
    return found | {key: every[key] for key in missing}


ATTENTION = Choice({"name": "se", "reduction": 4}, "the best known module, cheap; also eca, sge, dia, …")


def backbone(side: int) -> Choice:
    """Chooses the backbone by the shorter side of the images, in pixels."""
    if side <= 96:
        return Choice({"name": "resnet20"}, f"small and quick, for images of up to 96 pixels; these have {side}")
    return Choice({"name": "resnet18", "width": 32}, f"for images of more than 96 pixels; these have {side}")


def pretraining(images: int, side: int) -> Choice:
    """Chooses the training by the number of training images, and by whether they are large enough to be cropped and
    mirrored.
    """
    batch = next((size for size in (128, 64, 32) if images >= 20 * size), max(1, min(16, images)))
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, math.ceil(STEPS * batch / images)))
    recipe = "cifar-one-cycle" if side >= 24 else "digits-one-cycle"
    how = "crops and mirrors the images" if side >= 24 else "takes the images as they are"
    rate = float(f"{0.4 * batch / 256:.2g}")
    values = {"recipe": recipe, "epochs": epochs, "batch_size": batch, "rate": rate}
    steps = epochs * math.ceil(images / batch)
    return Choice(values, f"about {steps:,} steps with {images:,} images; the recipe {how}")


def look_at_data(name: str, options: Mapping[str, Any]) -> Look:
    """Looks at a data set, which is read for it."""
    from keras_ean import data

    images = data.load(name, **options)
    return Look(len(images.train), images.classes, *images.shape[:2])


def look_at_folder(root: Path, options: Mapping[str, Any], most: int = 200) -> Look:
    """Looks at a folder of images: at all names, and at the headers of some files.

    Raises:
        ValueError: There are no class folders, or no images.
    """
    import numpy as np

    from keras_ean.data.decode import UnreadableImage, read_shape
    from keras_ean.data.tree import find_images

    tree = find_images(root).files
    counts = {split: sum(map(len, classes.values())) for split, classes in tree.items()}
    files = [path for classes in tree.values() for paths in classes.values() for path in paths]
    shapes = []
    for index in np.linspace(0, len(files) - 1, min(most, len(files))).astype(int):
        try:
            shapes.append(read_shape(files[index].read_bytes())[:2])
        except (UnreadableImage, OSError):
            continue  # Reading them all will say so.
    if not shapes:
        raise ValueError(f"{root} has no images in its class folders; the layout is root/class/image.")
    left = counts.get("train", counts.get("", 0))
    per_class = len(next(iter(tree.values())))
    for name, default in (("test", 0.2), ("validation", 0.1)):
        made = "" in counts if name == "test" else set(counts) != {"train", "validation", "test"}
        held = options.get(name, default)
        left -= round(held * left if isinstance(held, float) else held * per_class) if made else 0
    middle = sorted(shapes, key=min)[len(shapes) // 4]
    return Look(max(1, min(left, _per_class(options, per_class, left))), per_class, *middle, len(set(shapes)) == 1)


def _per_class(options: Mapping[str, Any], classes: int, left: int) -> int:
    train = options.get("train")
    return left if not isinstance(train, int) else train * classes
