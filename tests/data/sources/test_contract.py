"""The library's data sources keep the contract that `keras_ean.testing` has for those of others."""

import numpy as np
import pytest

from keras_ean.testing import check_data_source

X = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 3), "uint8")
Y = np.arange(40) % 4


@pytest.mark.parametrize("options", [{}, {"light": True, "draws": 2, "train": 100}], ids=str)
def test_digits(options):
    check_data_source("digits", **options)


@pytest.mark.parametrize("options", [{}, {"train": 3, "normalize": False, "size": 4}], ids=str)
def test_arrays(options):
    check_data_source((X, Y), **options)
    check_data_source({"train": (X[:32], Y[:32]), "test": (X[32:], Y[32:])}, **options)


def test_npz(tmp_path):
    np.savez(tmp_path / "set.npz", x=X, y=Y)
    check_data_source(tmp_path / "set.npz")


@pytest.mark.parametrize("options", [{}, {"verify": False, "size": 4, "memory": 0}], ids=str)
def test_folder(folder, options):
    check_data_source(folder({"cat": 6, "dog": 7}), **options)


@pytest.mark.tensorflow
def test_tensorflow_dataset():
    import tensorflow as tf

    check_data_source(tf.data.Dataset.from_tensor_slices((X, Y)).batch(8))
