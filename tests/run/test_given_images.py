"""Images that are given in Python: what is told of them before anything is trained."""

import numpy as np
import pytest

from keras_ean import data, improve
from keras_ean.data.source_registry import LOADERS
from keras_ean.run.given_images import ExampleSets, check_classes, images_for, photographs, prints
from tests.training.heads import compiled


def noise(seed, number=6):
    return np.random.default_rng(seed).normal(size=(number, 4, 4, 1)).astype("float32"), np.arange(number)


def test_images_of_two_splits_are_warned_of_by_example():
    train, other, (test, labels) = noise(0), noise(1), noise(2)
    test[4], test[5] = train[0][2], train[0][3]
    with pytest.warns(UserWarning, match=r"2 image\(s\) are in both train and test, .* train image [23] = test image"):
        sets = ExampleSets.read({"train": train, "validation": other, "test": (test, labels)})
    [line] = sets.report
    assert "in both train and test" in line


def test_different_images_are_not_warned_of():
    sets = ExampleSets.read({name: noise(seed) for seed, name in enumerate(("train", "validation", "test"))})
    assert sets.report == ()


def test_images_on_another_scale_than_those_of_training_are_warned_of():
    sets = {name: noise(seed) for seed, name in enumerate(("train", "validation", "test"))}
    images, labels = sets["test"]
    message = "The test images have numbers of up to .*, but the train images of up to .*: are they scaled alike"
    with pytest.warns(UserWarning, match=message):
        assert len(ExampleSets.read({**sets, "test": (255 * images, labels)}).report) == 1
    with pytest.warns(UserWarning, match=message):
        ExampleSets.read({**sets, "test": (images / 255, labels)})


def test_networks_cannot_be_compared_on_one_image(tmp_path):
    model, (x, y) = compiled("one sigmoid, AUC")
    with pytest.raises(ValueError, match="^test images: .* two or more"):
        improve(model, (x, y), (x + 1, y), (x[:1] + 2, y[:1]), folder=tmp_path / "run", verbose=False)
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_splits_that_are_drawn_from_what_the_model_may_know_are_warned_of():
    x, y = np.random.default_rng(0).random((12, 4, 4, 3)), np.arange(12) % 2
    with pytest.warns(UserWarning, match=r"has no validation and no test images .* sort the images into the folders"):
        sets = photographs(data.load((x, y), normalize=False), "0..1", "sparse_categorical_crossentropy")
    assert len(sets.report) == 1
    own = data.load({"train": (x, y), "validation": (x / 2, y), "test": (x / 3, y)}, normalize=False)
    assert photographs(own, "0..1", "sparse_categorical_crossentropy").report == ()


@pytest.mark.parametrize(
    ("loss", "outputs", "known"),
    [
        ("sparse_categorical_crossentropy", 4, 4),
        ("sparse_categorical_crossentropy", 3, None),
        ("categorical_crossentropy", 2, 2),
        ("binary_crossentropy", 1, 2),
    ],
)
def test_a_model_for_another_number_of_classes_than_there_are_folders_is_refused(loss, outputs, known):
    found = data.load((np.random.default_rng(0).random((12, 4, 4, 3)), np.arange(12) % 3), normalize=False)
    if known is None:
        check_classes(found, [(outputs,)], loss)
        return
    with pytest.raises(ValueError, match=rf"photographs of 3 classes, 0, 1, 2, but the model knows {known}\."):
        check_classes(found, [(outputs,)], loss)


@pytest.fixture
def own_source():
    """The name of a data set that has no options, and normalises its images."""

    @data.register("mine")
    def load_mine():
        return data.from_arrays((np.arange(240, dtype="uint8").reshape(15, 4, 4, 1), np.arange(15) % 3), name="mine")

    yield "mine"
    del LOADERS["mine"]


def test_images_of_one_size_serve_a_model_that_takes_them_and_are_as_its_pixels_say(own_source):
    for name, size in (("digits", (8, 8, 1)), ("digits", None), (own_source, (4, 4, 1)), (own_source, (None, None, 1))):
        found = images_for(name, {}, size)
        images = found.train.arrays()[0]
        assert (images.shape[1:], images.min() >= 0, images.max() <= 1) == (found.shape, True, True)
    assert images_for("digits", {"light": True, "draws": 2, "train": 20}, (8, 8, 1)).train.images.shape[0] == 40


def test_images_of_another_size_are_refused_in_words_of_the_model(own_source, tmp_path):
    for name in ("digits", own_source):
        with pytest.raises(
            ValueError, match=rf"^{name} has images of .×.×1, of no other size, but the model takes 32×32×3"
        ):
            images_for(name, {}, (32, 32, 3))
    np.savez(tmp_path / "grey.npz", x=np.arange(480, dtype="uint8").reshape(30, 4, 4, 1), y=np.arange(30) % 3)
    file = str(tmp_path / "grey.npz")
    assert images_for(file, {}, (8, 8, 1)).shape == (8, 8, 1)
    with pytest.raises(ValueError, match=r"has images of 6×6×1, but the model takes 8×8×1: leave out size=6"):
        images_for(file, {"size": 6}, (8, 8, 1))
    with pytest.raises(ValueError, match=r"the images have 1 channel\(s\), not 3, and arrays are taken as they are"):
        images_for(file, {}, (8, 8, 3))


def test_of_several_inputs_all_must_be_equal_to_be_the_same_example():
    (x, _), (z, _) = noise(0), noise(1)
    found = prints({"x": x, "z": z})
    np.testing.assert_array_equal(found, prints({"x": x.copy(), "z": z.copy()}))
    assert not set(found) & set(prints({"x": x, "z": z[::-1]}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seeds": 0}, "^seeds: Input should be greater than or equal to 1, not 0$"),
        ({"max_latency": "5"}, r"^max_latency: .* '\+5 %'"),
        ({"search": {"oracel": "random"}}, "^search.oracel: .*oracle"),
        ({"epochs": 0, "batch_size": -1}, r"^epochs: .*\nbatch_size: "),
    ],
)
def test_a_setting_that_cannot_be_is_told_as_in_a_configuration(tmp_path, options, said):
    model, (x, y) = compiled("one sigmoid, AUC")
    splits = {name: (x + step, y) for step, name in enumerate(("train", "validation", "test"))}
    with pytest.raises(ValueError, match=said):
        improve(model, **splits, folder=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
