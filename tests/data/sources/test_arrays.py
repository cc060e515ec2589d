import zipfile

import numpy as np
import pytest

from keras_ean import data

GENERATOR = np.random.default_rng(0)
X = GENERATOR.integers(0, 256, (40, 6, 5, 3), "uint8")
Y = np.arange(40) % 4


def test_one_pair_is_split_in_three():
    loaded = data.load((X, Y), test=2, validation=1)
    assert [len(split) for split in (loaded.train, loaded.validation, loaded.test)] == [28, 4, 8]
    assert loaded.class_names == ("0", "1", "2", "3")
    assert loaded.shape == (6, 5, 3)
    truth = {image.tobytes(): label for image, label in zip(X, Y)}
    for split in (loaded.train, loaded.validation, loaded.test):
        assert [truth[image.tobytes()] for image in split.images] == split.labels.tolist()


@pytest.mark.parametrize(
    "source",
    [((X[:32], Y[:32]), (X[32:], Y[32:])), {"train": (X[:32], Y[:32]), "test": (X[32:], Y[32:])}],
    ids=["as keras.datasets", "by split"],
)
def test_given_test_images_stay_the_test_images(source):
    loaded = data.load(source, validation=0.25)
    assert np.array_equal(loaded.test.images, X[32:])
    assert [len(loaded.train), len(loaded.validation)] == [24, 8]


@pytest.mark.parametrize(
    "labels",
    [
        Y,
        Y[:, None],
        np.eye(4)[Y],
        Y.tolist(),
        Y.astype(float),
        Y + 10,
        np.array(["ant", "bee", "cat", "dog"])[Y],
        Y.astype("uint8"),
    ],
    ids=["int", "column", "one-hot", "list", "float", "from 10", "text", "uint8"],
)
def test_labels_in_every_usual_form(labels):
    loaded = data.load((X, labels))
    truth = {image.tobytes(): label for image, label in zip(X, Y)}
    assert [truth[image.tobytes()] for image in loaded.train.images] == loaded.train.labels.tolist()
    assert loaded.classes == 4


def test_class_names_are_used_and_checked():
    assert data.load((X, Y), class_names=["a", "b", "c", "d"]).class_names == ("a", "b", "c", "d")
    with pytest.raises(ValueError, match="with 3 class names, labels are integers below that"):
        data.load((X, Y), class_names=["a", "b", "c"])
    with pytest.raises(ValueError, match="no usable training images of class 'e'"):
        data.load((X, Y), class_names=["a", "b", "c", "d", "e"])


@pytest.mark.parametrize(
    ("images", "scaled"),
    [
        (X, X / 255),
        (X.astype("int64"), X / 255),
        (X > 100, X > 100),
        (X.astype("uint16") * 257, X / 255),
        (X.astype("float64") - 3, X - 3.0),
        (X[..., 0], X[..., :1] / 255),
    ],
    ids=["uint8", "int", "bool", "uint16", "float", "no channel axis"],
)
def test_pixels_in_every_usual_form(images, scaled):
    with pytest.warns(UserWarning, match="are in both"):
        loaded = data.load({"train": (images, Y), "test": (images, Y), "validation": (images, Y)}, normalize=False)
    assert loaded.train.arrays()[0] == pytest.approx(scaled.astype("float32"), abs=1e-5)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((X, Y[:-1]), r"40 images need labels of shape \(40,\), not \(39,\)"),
        ((X[0], Y), "40 labels|images need labels"),
        ((X[None], Y), r"images are \(n, height, width\[, channels\]\), not \(1, 40, 6, 5, 3\)"),
        ((X.transpose(0, 3, 1, 2).repeat(2, 3), Y), "looks like channels first"),
        ((np.where(X > 250, np.nan, X.astype(float)), Y), "float32 cannot hold"),
        ((np.where(X > 250, 1e39, X.astype(float)), Y), r"image \d+ has values that float32 cannot hold \(\d+ such"),
        ((X * 1e28, Y), r"spread by inf around .* bring them to a range such as 0 … 1"),
        ((X * 1e-32, Y), "spread by 0 around .* bring them"),
        ((X.astype(int) * 2, Y), "integer pixels are 0 … 255, not 0 … 510"),
        ((X.astype(str), Y), "pixels are numbers"),
        ((X, Y + 0.5), "not fractions"),
        ((X, np.eye(4)[Y] * 0.5), "must be one-hot"),
        ((X, Y.astype(object)), "labels are whole numbers or strings, not object"),
        ((X, np.zeros(40, int)), "has one class"),
        ((X[:0], Y[:0]), "no training images|has one class|no images"),
        ({"train": (X, Y), "tset": (X, Y)}, "splits are train, validation and test, not train, tset"),
        ({"test": (X, Y)}, "splits are train"),
        ({"train": X}, "train is no pair"),
        ((X, Y, X, Y), "not 4 items"),
        (((X, Y), (X[:, :4], Y)), r"one shape and type, not train \(6, 5, 3\) uint8, test \(4, 5, 3\)"),
    ],
)
def test_what_is_no_data_set_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        data.load(source)


def test_copies_across_splits_are_warned_of():
    with pytest.warns(UserWarning, match=r"2 image\(s\) are in both train and test, .*train image 3\d = test"):
        data.load(((X[:32], Y[:32]), (X[30:], Y[30:])))


@pytest.mark.parametrize(
    "keys",
    [
        ("x", "y"),
        ("images", "labels"),
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "val_images", "val_labels"),
    ],
)
def test_npz_files_by_their_usual_keys(tmp_path, keys):
    values = (X[:32], Y[:32], X[32:], Y[32:]) if len(keys) == 4 else (X, Y)
    np.savez(tmp_path / "set.npz", **dict(zip(keys, values)))
    loaded = data.load(tmp_path / "set.npz")
    assert len(loaded.train) + len(loaded.validation) + len(loaded.test) == 40
    assert loaded.name == "set.npz"


def test_npz_files_that_are_none(tmp_path):
    path = tmp_path / "set.npz"
    for content in (b"", b"no archive", b"PK\x03\x04 broken"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"set\.npz is no \.npz file"):
            data.load(path)
    np.save(tmp_path / "set.npy", X)
    (tmp_path / "set.npy").replace(path)
    with pytest.raises(ValueError, match="no zip archive"):
        data.load(path)
    np.savez(path, x=np.array([{}], dtype=object), y=Y)
    with pytest.raises(ValueError, match="plain arrays"):
        data.load(path)
    np.savez(path, pixels=X, y=Y)
    with pytest.raises(ValueError, match="needs the arrays x and y, .* it has pixels, y"):
        data.load(path)


def test_size_and_channels():
    loaded = data.load((X, Y), size=4)
    assert loaded.shape == (4, 4, 3)
    assert loaded.train.arrays()[0].shape[1:] == (4, 4, 3)
    with pytest.raises(ValueError, match=r"images have 3 channel\(s\), not 1, and arrays are taken as they are"):
        data.load((X, Y), channels=1)


def test_an_archive_of_images_is_to_be_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for number in range(12):
            archive.writestr(f"pets/cat/{number}.png", b"")
    with pytest.raises(
        ValueError, match="it holds image files; unpack it, and give the folder with the classes"
    ) as error:
        data.load(tmp_path / "pets.zip")
    assert len(str(error.value)) < 300


def test_a_file_whose_list_of_arrays_is_damaged_is_refused(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, x=X, y=Y)
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03"))
    with pytest.raises(ValueError, match=r"set.npz is no .npz file of plain arrays: Bad magic number"):
        data.load(path)


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: np.where(np.arange(x.size).reshape(x.shape) == 7, 3e38, x), r"a pixel of 3e\+38, .* a network sums"),
        (lambda x: x * 0 + 3, "spread by 0 around 3"),
    ],
    ids=["one pixel", "constant"],
)
def test_images_held_out_that_no_network_could_be_judged_on_are_refused_before_it_trains(split, change, message):
    splits = {name: (X / 255 + place, Y) for place, name in enumerate(("train", "validation", "test"))}
    data.load(splits)
    splits[split] = (change(splits[split][0]), Y)
    with pytest.raises(ValueError, match=f"The {split} images .*{message}"):
        data.load(splits)


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize(
    "change", [lambda x: x / 255, lambda x: x * 255, lambda x: x + 5000.0], ids=["small", "large", "far"]
)
def test_another_range_of_pixels_than_in_training_is_told(split, change):
    splits = {name: (X.astype("float64") + place, Y) for place, name in enumerate(("train", "validation", "test"))}
    assert data.load(splits).report == ()
    splits[split] = (change(splits[split][0]), Y)
    with pytest.warns(
        UserWarning, match=f"The {split} images spread by .* and the training images by .* in another range"
    ):
        data.load(splits)


def test_a_channel_that_never_changes_is_told():
    splits = {name: (X // 2 + place, Y) for place, name in enumerate(("train", "validation", "test"))}
    data.load(splits)
    splits["train"][0][..., 1] = 9
    with pytest.warns(UserWarning, match="Channel 1"):
        [told] = data.load(splits).report
    assert told == "Channel 1 (counted from 0) is the same in all training images, so a network learns nothing from it."


@pytest.mark.parametrize(
    ("one", "other"), [("x", "images"), ("x_train", "train_images"), ("y", "label"), ("y_test", "label_test")]
)
def test_two_arrays_for_the_same_are_refused(tmp_path, one, other):
    arrays = {"x_train": X, "y_train": Y, "x_test": X[::2], "y_test": Y[::2]}
    if one in ("x", "y"):
        arrays[one] = arrays.pop(f"{one}_train")
    arrays[other] = arrays[one]
    np.savez(tmp_path / "a.npz", **arrays)
    message = f"has two arrays of (images|labels) for (train|test), {one} and {other}: leave one out"
    with pytest.raises(ValueError, match=message):
        data.load(tmp_path / "a.npz")
