import shutil

import numpy as np
import pytest
from PIL import Image

from keras_ean import data
from keras_ean.data import ResizedCrop

COUNTS = {"train/cat": 20, "train/dog": 10, "test/cat": 4, "test/dog": 2}


def contents(split) -> set[bytes]:
    return {image.tobytes() for image in split.images[np.arange(len(split))]}


def test_splits_classes_shape_and_statistics(folder):
    loaded = data.load(folder(COUNTS), validation=0.2)
    assert (len(loaded.train), len(loaded.validation), len(loaded.test)) == (24, 6, 6)
    assert np.bincount(loaded.validation.labels).tolist() == [4, 2]
    assert loaded.class_names == ("cat", "dog")
    assert loaded.classes == 2
    assert loaded.shape == (8, 8, 3)
    pixels = loaded.train.images / 255
    assert loaded.mean == pytest.approx(pixels.mean((0, 1, 2)), rel=1e-5)
    assert loaded.std == pytest.approx(pixels.std((0, 1, 2)), rel=1e-5)
    images, labels = loaded.train.arrays()
    assert images.mean((0, 1, 2)) == pytest.approx(np.zeros(3), abs=1e-5)
    assert images.dtype == np.float32
    assert labels.dtype == np.int32


def test_every_image_has_its_label_and_is_in_one_split(folder):
    root = folder({"cat": 12, "dog": 8})
    truth = {
        np.asarray(Image.open(path)).tobytes(): label
        for label, name in enumerate(("cat", "dog"))
        for path in (root / name).iterdir()
    }
    loaded = data.load(str(root), validation=2, test=0.25)
    splits = loaded.train, loaded.validation, loaded.test
    assert [len(split) for split in splits] == [11, 4, 5]
    assert set().union(*map(contents, splits)) == set(truth)
    for split in splits:
        assert [truth[image.tobytes()] for image in split.images] == split.labels.tolist()


def test_the_validation_folder_is_the_test_set_if_there_is_no_other(folder):
    root = folder({"train/cat": 10, "train/dog": 10, "val/cat": 3, "val/dog": 4})
    loaded = data.load(root)
    assert (len(loaded.train), len(loaded.validation), len(loaded.test)) == (18, 2, 7)


def test_three_splits_stay_as_they_are(folder):
    root = folder({f"{split}/{name}": 3 for split in ("train", "val", "test") for name in ("cat", "dog")})
    assert [len(split) for split in (data.load(root).train, data.load(root).validation, data.load(root).test)] == [
        6
    ] * 3


@pytest.mark.parametrize("options", [{"memory": 0}, {"verify": False}])
def test_images_that_do_not_fit_are_decoded_when_needed_and_are_the_same(folder, options):
    root = folder(COUNTS)
    held, lazy = data.load(root), data.load(root, **options)
    assert held.train.in_memory
    assert not lazy.train.in_memory
    assert lazy.mean == pytest.approx(held.mean)
    for split in ("train", "validation", "test"):
        for one, other in zip(getattr(held, split).arrays(), getattr(lazy, split).arrays()):
            assert np.allclose(one, other, atol=1e-6)
    for one, other in zip(held.train.batches(7, shuffle=True), lazy.train.batches(7, shuffle=True)):
        assert np.allclose(one[0], other[0], atol=1e-6)


def test_broken_files_are_left_out_warned_of_and_reported(folder):
    root = folder(COUNTS)
    (root / "train/cat/3.png").write_bytes(b"")
    (root / "test/dog/1.png").write_bytes((root / "test/dog/0.png").read_bytes()[:-60])
    with pytest.warns(UserWarning, match=r"2 image\(s\) cannot be decoded: .*cat/3.png: empty file"):
        loaded = data.load(root)
    assert len(loaded.train) + len(loaded.validation) == 29
    assert len(loaded.test) == 5
    assert any("dog/1.png: corrupt" in line for line in loaded.report)
    with pytest.raises(ValueError, match=r"cat/3.png: empty file.*Remove or repair"):
        data.load(root, strict=True)


def test_a_file_that_breaks_the_class_names_it(folder):
    root = folder({"cat": 5, "dog": 1})
    (root / "dog/0.png").write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="dog/0.png"),
        pytest.raises(ValueError, match="no usable training images of class 'dog'"),
    ):
        data.load(root)


def test_an_empty_class(folder):
    root = folder({"cat": 5, "dog": 5})
    (root / "bird").mkdir()
    with pytest.raises(ValueError, match="no usable training images of class 'bird'"):
        data.load(root)


def test_a_class_that_only_the_test_set_has(folder):
    with pytest.raises(ValueError, match="no usable training images of class 'bird'"):
        data.load(folder({**COUNTS, "test/bird": 2}))


def test_a_class_that_the_test_set_lacks_is_warned_of(folder):
    with pytest.warns(UserWarning, match="no test images of class 'bird'"):
        loaded = data.load(folder({**COUNTS, "train/bird": 5}))
    assert loaded.classes == 3
    assert loaded.report


@pytest.mark.parametrize("counts", [{"cat": 1}, {"cat": 9}])
def test_one_class_is_no_classification(folder, counts):
    with pytest.raises(ValueError, match="has one class, cat"):
        data.load(folder(counts))


def test_a_class_of_one_image_cannot_be_split(folder):
    with pytest.raises(ValueError, match=r"Class 'dog' has 1 image\(s\)"):
        data.load(folder({"cat": 9, "dog": 1}))


def test_copies_across_splits_are_warned_of_whatever_their_format(folder):
    root = folder(COUNTS)
    Image.open(root / "train/cat/0.png").save(root / "test/cat/copy.bmp")
    with pytest.warns(UserWarning, match=r"1 image\(s\) are in both train and test, for example .*0.png = .*copy.bmp"):
        assert data.load(root).report


def test_copies_within_the_source_stay_in_one_split(folder):
    root = folder({"cat": 6, "dog": 6})
    for number in range(6):
        shutil.copy(root / f"cat/{number}.png", root / f"cat/copy{number}.png")
    for seed in range(5):
        loaded = data.load(root, seed=seed)
        train, validation, test = map(contents, (loaded.train, loaded.validation, loaded.test))
        assert not train & validation | train & test | validation & test
        assert loaded.report == (f"{root}: 6 image(s) of train are copies of another one there.",)


def test_sizes_that_differ_need_size(folder, draw):
    root = folder(COUNTS)
    draw(root / "train/cat/large.png", (20, 16))
    with pytest.raises(ValueError, match=r"from 8×8 \(.*\.png\) to 20×16 \(.*large.png\); load with size="):
        data.load(root)
    loaded = data.load(root, size=(8, 10))
    assert loaded.shape == (8, 10, 3)
    assert loaded.train.arrays()[0].shape[1:] == (8, 10, 3)
    assert next(iter(loaded.train.batches(4)))[0].shape == (4, 8, 10, 3)
    augmented = loaded.train.batches(4, augment=ResizedCrop(12), shuffle=True)
    assert {images.shape[1:] for images, _ in augmented} == {(12, 12, 3)}


def test_grey_images_alone_have_one_channel_and_among_colour_three(folder, draw):
    root = folder({"cat": 10, "dog": 10}, channels=1)
    assert data.load(root).shape == (8, 8, 1)
    assert data.load(root, channels=3).shape == (8, 8, 3)
    draw(root / "cat/colour.png")
    loaded = data.load(root, test=1)
    assert loaded.shape == (8, 8, 3)
    grey = [image for image in loaded.train.images if (image == image[..., :1]).all()]
    assert len(grey) >= len(loaded.train) - 1


def test_the_size_before_the_centre_crop(folder):
    root = folder({"cat": 10, "dog": 10}, size=(20, 30))
    loaded = data.load(root, size=8, resize=10)
    picture = Image.fromarray(loaded.test.images[0]).resize((15, 10), Image.Resampling.BILINEAR)
    truth = np.asarray(picture)[1:9, 4:12] / 255
    loaded_first = loaded.test.arrays()[0][0] * np.array(loaded.std) + np.array(loaded.mean)
    assert loaded_first == pytest.approx(truth, abs=1e-5)


def test_a_number_of_validation_images_per_class_as_in_the_paper(folder):
    loaded = data.load(folder(COUNTS), validation=3)
    assert np.bincount(loaded.validation.labels).tolist() == [3, 3]
    with pytest.raises(ValueError, match="Class 'dog' has 10"):
        data.load(folder(COUNTS), validation=10)


def test_fewer_training_images_leave_the_other_splits(folder):
    root = folder(COUNTS)
    whole, few = data.load(root), data.load(root, train=5)
    assert np.bincount(few.train.labels).tolist() == [5, 5]
    assert contents(few.train) < contents(whole.train)
    assert contents(few.validation) == contents(whole.validation)


def test_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder(COUNTS).parent))
    assert data.load("~/images").class_names == ("cat", "dog")


def test_test_images_without_labels_are_not_used_and_said_so(folder, draw):
    root = folder({"train/cat": 20, "train/dog": 10})
    draw(root / "test" / "1.png")
    with pytest.warns(UserWarning, match="its 1 files are in no class folders"):
        loaded = data.load(root)
    assert any("not used" in line for line in loaded.report)
    assert len(loaded.test) == 6


def test_a_file_that_breaks_in_training_is_named(folder):
    root = folder(COUNTS)
    loaded = data.load(root, verify=False)
    for number in range(20):
        path = root / "train" / "cat" / f"{number}.png"
        path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"cat/\d+\.png: corrupt"):
        loaded.train.arrays()


def test_a_class_without_images_and_without_other_splits(folder):
    root = folder({"cat": 9, "dog": 9})
    (root / "owl").mkdir()
    with pytest.raises(ValueError, match=r"class 'owl'\. Add some, or remove the class\.$"):
        data.load(root)
