import shutil

import numpy as np
import pytest

from keras_ean import data

pytestmark = pytest.mark.tensorflow
GENERATOR = np.random.default_rng(0)
IMAGES = {
    "train": GENERATOR.integers(0, 256, (24, 8, 8, 3), "uint8"),
    "test": GENERATOR.integers(0, 256, (6, 8, 8, 3), "uint8"),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with three sets: spots (two labelled splits and others), drawings (one split), and words."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    root = str(tmp_path_factory.mktemp("tfds"))

    def prepare(name, splits, features):
        datasets = {split: tf.data.Dataset.from_tensor_slices(content) for split, content in splits.items()}
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            data_dir=root,
            features=features,
            split_datasets=datasets,
            disable_shuffling=True,
        )

    kinds = tfds.features.FeaturesDict(
        {"image": tfds.features.Image(shape=(8, 8, 3)), "label": tfds.features.ClassLabel(names=["round", "square"])}
    )
    spots = {split: {"image": images, "label": np.arange(len(images)) % 2} for split, images in IMAGES.items()}
    other = {"image": GENERATOR.integers(0, 256, (4, 8, 8, 3), "uint8"), "label": [0, 1, 0, 1]}
    prepare("spots", {**spots, "extra": other}, kinds)
    hidden = {"image": IMAGES["test"], "label": np.full(6, -1)}
    prepare("contest", {"train": spots["train"], "validation": spots["test"], "test": hidden}, kinds)
    prepare("drawings", {"everything": spots["train"]}, kinds)
    prepare("words", {"train": {"text": ["a", "b"]}}, tfds.features.FeaturesDict({"text": tfds.features.Text()}))
    return root


@pytest.mark.parametrize("options", [{}, {"memory": 0}, {"verify": False}])
def test_images_labels_and_classes(prepared, options):
    loaded = data.load("spots", data_dir=prepared, validation=0.25, **options)
    assert loaded.class_names == ("round", "square")
    assert [len(split) for split in (loaded.train, loaded.validation, loaded.test)] == [18, 6, 6]
    assert loaded.train.in_memory == (not options)
    truth = {image.tobytes(): row % 2 for images in IMAGES.values() for row, image in enumerate(images)}
    for split in (loaded.train, loaded.validation, loaded.test):
        images = split.images[np.arange(len(split))]
        assert [truth[image.tobytes()] for image in images] == split.labels.tolist()
    assert loaded.report == ("spots: split 'extra' is not used.",)
    batches = loaded.train.batches(5, shuffle=True)
    assert sum(len(labels) for _, labels in batches) == 18


def test_the_only_split_whatever_its_name_is_split_in_three(prepared):
    loaded = data.load("drawings", data_dir=prepared)
    assert len(loaded.train) + len(loaded.validation) + len(loaded.test) == 24


def test_a_test_split_without_labels_is_not_used(prepared):
    loaded = data.load("contest", data_dir=prepared)
    assert (len(loaded.train) + len(loaded.validation), len(loaded.test)) == (24, 6)
    assert loaded.test.labels.min() == 0
    assert loaded.report == ("contest: split 'test' has no labels and is not used.",)


def test_what_is_not_prepared_is_said_at_once_with_folder_and_option(tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"'cifar10' is not in {tmp_path}/cifar10.*download=True\.$"):
        data.load("cifar10", data_dir=tmp_path)
    with pytest.raises(FileNotFoundError, match="must first be fetched by hand"):
        data.load("imagenet", data_dir=tmp_path)
    with pytest.raises(FileNotFoundError, match="cars196"):
        data.load("stanford_cars", data_dir=tmp_path)


def test_an_unknown_name_in_one_short_message(tmp_path):
    with pytest.raises(ValueError, match="no data set 'cifra10'.*Did you mean 'cifar10'") as error:
        data.load("cifra10", data_dir=tmp_path)
    assert len(str(error.value)) < 300


def test_a_set_without_images_is_refused(prepared):
    with pytest.raises(ValueError, match="words is no classification of images; its features are text"):
        data.load("words", data_dir=prepared)


def test_a_truncated_file_is_named(prepared, tmp_path):
    shutil.copytree(f"{prepared}/spots", tmp_path / "spots")
    (path,) = tmp_path.glob("spots/*/spots-train.tfrecord*")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="spots-train.tfrecord.* is truncated"):
        data.load("spots", data_dir=tmp_path)
