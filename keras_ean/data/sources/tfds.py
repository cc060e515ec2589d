"""Image classification sets of TensorFlow Datasets, read where they were prepared."""

import difflib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.data.encoded import EncodedSplit, from_encoded
from keras_ean.data.files import progress
from keras_ean.data.image_data import ImageData
from keras_ean.data.options import DEFAULT, Options
from keras_ean.data.source_registry import register
from keras_ean.data.tfrecord import records
from keras_ean.data.tree import SPLITS

OTHER_NAMES = {"stanford_cars": "cars196", "imagenet": "imagenet2012"}


def may_be_name(source: Any) -> bool:
    """Whether `source` may be a name of TFDS: a text that neither is a path nor looks like one."""
    if not isinstance(source, str) or Path(source).is_absolute() or source.startswith((".", "~")):
        return False
    return not Path(source).exists() and Path(source).suffix.lower() != ".npz"


def find_builder(name: str, data_dir: str | Path | None = None):
    """TFDS's builder of a data set, of which nothing is read; ImportError and ValueError as `load_tfds`."""
    check(name, data_dir)
    import tensorflow_datasets as tfds

    return tfds.builder(OTHER_NAMES.get(name, name), data_dir=data_dir and str(data_dir))


def check(name: str, data_dir: str | Path | None = None, download: bool = False) -> None:
    """ImportError for a missing package, ValueError for a name that is unknown, told without importing TensorFlow."""
    missing = [package for package in ("tensorflow", "tensorflow_datasets") if find_spec(package) is None]
    if missing:
        raise ImportError(
            f"Data set {name!r} comes from TFDS, which needs TensorFlow (missing: {missing[0]}): pip install "
            "tensorflow tensorflow-datasets. Digits, folders and arrays do not need it."
        )
    import tensorflow_datasets as tfds

    known = {*tfds.list_builders(with_community_datasets=False), *OTHER_NAMES}
    where = Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
    own = name.partition("/")[0].partition(":")[0]
    if own not in known and not (where / own).is_dir() and ":" not in name:  # Of a community's, it is looked up later.
        near = difflib.get_close_matches(name.lower(), sorted(known), n=3)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(
            f"There is no data set {name!r}: no file or folder of that name, none in TFDS's catalogue, and none "
            f"prepared in {data_dir or '~/tensorflow_datasets'}.{hint}"
        )


@register("TFDS data set", may_be_name, check)
def load_tfds(
    name: str, data_dir: str | Path | None = None, download: bool = False, options: Options = DEFAULT
) -> ImageData:
    """Loads a data set of TensorFlow Datasets by name, such as "cifar10" or "imagenet_resized/32x32".

    Args:
        name: The name in the catalogue, with configuration and version if wanted; "imagenet" and "stanford_cars" are
            understood too.
        data_dir: The folder in which it is prepared; None takes that of TFDS, ~/tensorflow_datasets.
        download: Whether it is fetched and prepared if it is not there.
        options: What is held out, the size, and how images are stored. For ImageNet, `verify=False` spares decoding
            everything at loading.

    Raises:
        FileNotFoundError: The data set is not prepared in that folder, and its download is not allowed.
        ImportError: TensorFlow or tensorflow-datasets is not installed.
        ValueError: The name is not known, the data set is no classification of images, or its images are refused for a
            reason that the message tells.
    """
    builder = find_builder(name, data_dir)
    if not builder.is_prepared():
        if not download:
            by_hand = " Its files must first be fetched by hand." if builder.MANUAL_DOWNLOAD_INSTRUCTIONS else ""
            raise FileNotFoundError(
                f"TFDS data set {name!r} is not in {Path(builder.data_path).absolute()}. Give its data_dir, or "
                f"allow the download with download=True.{by_hand}"
            )
        builder.download_and_prepare()
    image, label = _keys(name, builder.info)
    report: list[str] = []
    sources: dict[str, EncodedSplit] = {}
    for split in builder.info.splits:
        kind = SPLITS.get(split, "train" if len(builder.info.splits) == 1 else None)
        if kind is None:
            report.append(f"{name}: split {split!r} is not used.")
            continue
        source = _source(builder.info.splits[split], f"{name} {split}", image, label)
        if len(source.labels) and source.labels.min() < 0:
            report.append(f"{name}: split {split!r} has no labels and is not used.")
        else:
            sources[kind] = source
    return from_encoded(name, sources, builder.info.features[label].names, options, report)


def _keys(name: str, info) -> tuple[str, str]:
    """The names of the features with image and class."""
    import tensorflow_datasets as tfds

    keys = info.supervised_keys or ("image", "label")
    features = [dict(info.features).get(key) if isinstance(key, str) else None for key in keys[:2]]
    if not isinstance(features[0], tfds.features.Image) or not isinstance(features[1], tfds.features.ClassLabel):
        raise ValueError(f"{name} is no classification of images; its features are {', '.join(info.features)}.")
    return keys[0], keys[1]


def _source(split, title: str, image: str, label: str) -> EncodedSplit:
    if any(".tfrecord" not in Path(path).name for path in split.filepaths):
        raise ValueError(f"{title} is not stored as TFRecord; prepare it with file_format='tfrecord'.")
    found = [record for path in split.filepaths for record in records(Path(path), image)]
    labels = np.fromiter(
        (record.example().features.feature[label].int64_list.value[0] for record in progress(found, title, len(found))),
        np.int32,
        len(found),
    )
    return EncodedSplit(found, labels, f"{title} example {{}}".format)
