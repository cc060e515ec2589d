"""Stages that need no more than the shape of the images, or a few of them, do not read them."""

import numpy as np
import pytest

from keras_ean import data
from keras_ean.exporting import Preprocess
from keras_ean.run.folder import RunFolder
from keras_ean.run.images import Images
from keras_ean.run.kept_images import SAMPLE, Facts


@pytest.fixture
def digits():
    return data.load("digits", train=100, normalize=True)


def unread():
    pytest.fail("the images were read")


def test_what_was_read_once_is_known_without_reading(digits, tmp_path):
    folder = RunFolder(tmp_path)
    first = Images(lambda: digits, folder, "digits")
    assert first.data is digits
    again = Images(unread, folder, "digits")
    assert again.facts == first.facts == Facts((8, 8, 1), tuple("0123456789"), Preprocess.of(digits))
    assert again.facts.classes == 10
    held_out = digits.test.arrays()[0]
    kept = again.sample()
    assert kept.shape == (SAMPLE, 8, 8, 1)
    np.testing.assert_array_equal(kept[[0, -1]], held_out[[0, -1]])
    assert len(again.sample(7)) == 7
    with pytest.raises(pytest.fail.Exception, match="were read"):
        again.sample(SAMPLE + 1)
    assert len(first.sample(SAMPLE + 1)) == SAMPLE + 1


def test_a_folder_of_an_earlier_version_is_read_once_and_knows_it_then(digits, tmp_path):
    folder = RunFolder(tmp_path)
    assert Images(lambda: digits, folder, "digits").facts.shape == (8, 8, 1)
    assert Images(unread, folder, "digits").sample(3).shape == (3, 8, 8, 1)


def test_processes_that_leave_the_writing_to_the_first_read_and_keep_nothing(digits, tmp_path):
    images = Images(lambda: digits, RunFolder(tmp_path, writes=False), "digits")
    assert images.facts.classes == 10
    assert len(images.sample(3)) == 3
    assert not list(tmp_path.iterdir())
