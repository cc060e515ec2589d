import sys

import numpy as np
import pytest

from keras_ean import data


def test_what_needs_no_download_is_listed():
    assert data.available() == ["digits"]


@pytest.mark.parametrize("path", ["./nowhere", "/nowhere/at/all", "nowhere.npz"])
def test_a_path_that_is_not_there_is_named(path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        data.load(path)


def test_a_source_of_no_known_kind():
    with pytest.raises(TypeError, match="a name, a path, arrays or a tf.data.Dataset, not int"):
        data.load(3)


@pytest.mark.parametrize(("source", "option"), [("digits", "sede"), ((np.zeros((4, 2, 2)), np.arange(4)), "data_dir")])
def test_unknown_options_are_named_with_the_known_ones(source, option):
    with pytest.raises(ValueError, match=f"Unknown option '{option}'.*Known: .*seed"):
        data.load(source, **{option: 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is"),
        ({"size": (3,)}, "size is"),
        ({"resize": 9}, "resize goes with size"),
        ({"channels": 4}, "channels is 1 or 3"),
        ({"validation": 0.0}, "validation is a share"),
        ({"test": 2.5}, "test is a share"),
    ],
)
def test_options_out_of_range(folder, options, message):
    with pytest.raises(ValueError, match=message):
        data.load(folder({"cat": 5, "dog": 5}), **options)


def test_folders_and_arrays_need_no_tensorflow_and_tfds_says_so(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    assert data.load(folder({"cat": 6, "dog": 6})).classes == 2
    assert data.load((np.random.default_rng(0).normal(size=(20, 4, 4)), np.arange(20) % 2)).classes == 2
    with pytest.raises(ImportError, match="'cifar10' comes from TFDS, which needs TensorFlow.*pip install"):
        data.load("cifar10")
