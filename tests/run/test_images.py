"""Stages that need no more than the shape of the images, or a few of them, do not read them."""

from dataclasses import replace

import numpy as np
import pytest

from keras_ean import data
from keras_ean.exporting import Preprocess
from keras_ean.run.folder import RunFolder
from keras_ean.run.given_images import GivenImages, as_sets
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


def test_other_images_under_the_same_name_are_refused(digits, tmp_path):
    folder = RunFolder(tmp_path)
    Images(lambda: digits, folder, "digits.npz").data  # noqa: B018
    folder.supernet_file.touch()
    test = replace(digits.test, labels=digits.test.labels[::-1])
    train = replace(digits.train, images=1 - digits.train.images)
    for changed, named in (({"test": test}, "test"), ({"train": train, "test": test}, "train and test")):
        with pytest.raises(ValueError, match=f"The {named} images are other ones than"):
            Images(lambda changed=changed: replace(digits, **changed), RunFolder(tmp_path), "digits.npz").data  # noqa: B018
    assert Images(lambda: digits, RunFolder(tmp_path), "digits.npz").data is digits


def test_a_run_that_has_made_nothing_yet_takes_them(digits, tmp_path):
    changed = replace(digits, test=replace(digits.test, labels=digits.test.labels[::-1]))
    for read in (digits, changed):
        assert Images(lambda read=read: read, RunFolder(tmp_path), "digits.npz").data is read
    (tmp_path / "supernet.keras").touch()
    assert Images(lambda: changed, RunFolder(tmp_path), "digits.npz").data is changed


def test_so_are_other_examples_of_a_given_model(tmp_path):
    def sets(value):
        x, y = np.full((6, 4, 4, 1), value, "float32"), np.arange(6) % 2
        return as_sets([(x, y), (x + 1, y), (x + 2, y)])

    assert len(GivenImages(lambda: sets(0), RunFolder(tmp_path)).data.test) == 6
    (tmp_path / "supernet.keras").touch()
    assert len(GivenImages(lambda: sets(0), RunFolder(tmp_path)).data.test) == 6
    with pytest.raises(ValueError, match="The train and validation and test images are other ones than"):
        GivenImages(lambda: sets(5), RunFolder(tmp_path)).data  # noqa: B018


def test_what_images_show_is_kept_where_several_show_the_same(tmp_path):
    lit = data.load("digits", light=True, train=40, draws=3, test_draws=2)
    first, again = (Images(read, RunFolder(tmp_path), "digits") for read in (lambda: lit, unread))
    assert len(first.data.test) == 718
    assert [again.shown(split) for split in ("train", "test")] == ["40 digits", "359 digits"]
    assert again.subjects.numbers == {"train": 40, "validation": 287, "test": 359}
    np.testing.assert_array_equal(again.test_subjects[:4] == again.test_subjects[0], [True, True, False, False])
    # Nothing is known of how alike they are; then two networks are tested, whose images are as sure as 1.5 of 2.
    assert again.independent([]) == 287
    assert again.independent([{"images": 718, "independent": 718 / 1.5}] * 2) == pytest.approx(574 / 1.5)


def test_of_images_that_each_show_something_else_nothing_is_kept(digits, tmp_path):
    for images in (
        Images(lambda: digits, RunFolder(tmp_path / "a"), "digits"),
        Images(unread, RunFolder(tmp_path / "a"), "digits"),
    ):
        assert images.facts.classes == 10
        assert images.test_subjects is None
        assert images.shown("test") == ""
        assert images.independent([]) == 287
    assert not (tmp_path / "a" / "subjects.npy").exists()
