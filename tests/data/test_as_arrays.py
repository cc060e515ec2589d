"""Every form in which users have images and labels, and what is refused in one line."""

import itertools

import keras
import numpy as np
import pytest

from keras_ean.data import Split
from keras_ean.data.as_arrays import as_arrays, as_images, as_images_and_labels

X, Y = np.random.default_rng(0).normal(size=(20, 8, 8, 3)).astype("float32"), np.arange(20) % 3


class Sequence(keras.utils.PyDataset):
    def __init__(self, batches=3):
        super().__init__()
        self.batches = batches

    @property
    def num_batches(self):
        return self.batches

    def __getitem__(self, index):
        return X[index * 8 : (index + 1) * 8], Y[index * 8 : (index + 1) * 8]


FORMS = {
    "tuple": lambda: (X, Y),
    "list": lambda: [X, Y],
    "lists": lambda: (list(X), Y.tolist()),
    "nested lists": lambda: (X.tolist(), Y.tolist()),
    "tensors": lambda: (keras.ops.convert_to_tensor(X), keras.ops.convert_to_tensor(Y)),
    "batches": lambda: [(X[:8], Y[:8]), (X[8:], Y[8:])],
    "generator": lambda: ((X[i : i + 8], Y[i : i + 8].tolist()) for i in range(0, 20, 8)),
    "one by one": lambda: list(zip(X, Y)),
    "PyDataset": Sequence,
    "Split": lambda: Split(X, Y),
}


@pytest.mark.parametrize("form", FORMS)
def test_images_and_labels(form):
    images, labels = as_arrays(FORMS[form]())
    np.testing.assert_allclose(images, X, rtol=1e-6)
    np.testing.assert_array_equal(labels, Y)
    np.testing.assert_allclose(as_images(FORMS[form]()), X, rtol=1e-6)


@pytest.mark.tensorflow
@pytest.mark.parametrize("batched", [True, False])
def test_tf_data(batched):
    import tensorflow as tf

    dataset, images = tf.data.Dataset.from_tensor_slices((X, Y)), tf.data.Dataset.from_tensor_slices(X)
    for one in (dataset, dataset.repeat().take(20)):
        found = as_arrays(one.batch(8) if batched else one)
        np.testing.assert_array_equal(found[0], X)
        np.testing.assert_array_equal(found[1], Y)
    for one in (dataset, images):
        np.testing.assert_array_equal(as_images(one.batch(8) if batched else one), X)
    for take in (as_arrays, as_images):
        with pytest.raises(ValueError, match=r"infinite: leave out repeat\(\), or .* dataset\.take\(n\)"):
            take(dataset.batch(8).repeat())


def test_images_alone():
    for images in (X, list(X), [X[0], X[1]], (x for x in (X[:8], X[8:]))):
        found = as_images(images)
        np.testing.assert_array_equal(found, X[: len(found)])
        assert len(found) in (2, 20)
    np.testing.assert_array_equal(as_images((X, Y, np.ones(20))), X)


def test_one_hot_labels_one_by_one_stay_rows():
    one_hot = keras.utils.to_categorical(Y, 3)
    np.testing.assert_array_equal(as_arrays(zip(X, one_hot))[1], one_hot)


def test_several_inputs_keep_their_structure():
    vector = np.arange(20.0)[:, None]
    for images in ((X, vector), {"photo": X, "size": vector}):
        whole, labels = as_arrays((images, Y))
        np.testing.assert_array_equal(labels, Y)
        parts = keras.tree.map_structure(lambda x: x[:8], images), keras.tree.map_structure(lambda x: x[8:], images)
        batches, _ = as_arrays(iter([(parts[0], Y[:8]), (parts[1], Y[8:])]))
        alone, paired = as_images(images, inputs=2), as_images((images, Y), inputs=2)
        for found in (whole, batches, alone, paired):
            keras.tree.assert_same_structure(found, images)
            for one, other in zip(keras.tree.flatten(found), keras.tree.flatten(images), strict=True):
                np.testing.assert_array_equal(one, other)


def endless():
    while True:
        yield X, Y


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "other iterable of such pairs, not int"),
        ("digits", "not str"),
        (X, r"not ndarray of shape \(20, 8, 8, 3\)"),
        ({"train": (X, Y)}, "not dict"),
        ((X, Y, np.ones(20)), "without sample weights"),
        ([(X, Y, np.ones(20))], "without sample weights"),
        ((X,), r"pairs \(images, labels\), not tuple of 1"),
        (iter([X]), r"pairs \(images, labels\), not ndarray of shape"),
        (iter([]), "empty"),
        ([(X, Y), (X[:, :4], Y)], r"one size, but some are \(4, 8, 3\) and some \(8, 8, 3\)"),
        (([X[0], X[1, :4]], Y[:2]), "arrays of one size"),
        (Sequence(None), "infinite"),
    ],
)
def test_what_is_no_images_and_labels_is_refused_in_a_line(data, message):
    with pytest.raises(ValueError, match=message) as error:
        as_arrays(data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("take", [as_arrays, as_images, as_images_and_labels])
def test_what_has_no_end_is_not_read_for_ever(take, monkeypatch):
    with pytest.raises(ValueError, match=r"no end: its 20 images come again and again\. Give a part .*islice") as error:
        take(endless())
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="no end: its 20 images come again"):
        take((X[row % 20], Y[row % 20]) for row in itertools.count())
    monkeypatch.setattr("keras_ean.data.as_arrays.MOST_UNCOUNTED", 10 * X.nbytes)
    random = np.random.default_rng(0)
    with pytest.raises(ValueError, match="does not tell its length, and perhaps no end. Give a part"):
        take((random.permuted(X), Y) for _ in itertools.count())
    assert len(take([(X, Y)] * 60)) in (2, 1200)  # What tells its length has an end, whatever is in it.


@pytest.mark.parametrize("form", FORMS)
def test_labels_are_found_where_there_are_any(form):
    images, labels = as_images_and_labels(FORMS[form]())
    np.testing.assert_allclose(images, X)
    np.testing.assert_array_equal(labels, Y)


ALONE = {
    "array": lambda: X,
    "generator": lambda: (X[i : i + 8] for i in range(0, 20, 8)),
    "one by one": lambda: iter(X),
    "list": lambda: list(X),
    "mapping": lambda: {"left": X, "right": X},
}


@pytest.mark.parametrize("form", ALONE)
def test_images_may_be_alone(form):
    images, labels = as_images_and_labels(ALONE[form]())
    assert labels is None
    for found in keras.tree.flatten(images):
        np.testing.assert_array_equal(found, X)


def test_two_images_are_no_images_and_labels():
    images, labels = as_images_and_labels([X[0], X[1]])
    assert (images.shape, labels) == ((2, 8, 8, 3), None)


@pytest.mark.parametrize("inputs", [[X, X], (X, X), {"left": X, "right": X}], ids=["list", "tuple", "mapping"])
def test_labels_of_several_inputs(inputs):
    images, labels = as_images_and_labels((inputs, Y), inputs=2)
    assert [len(image) for image in keras.tree.flatten(images)] == [20, 20]
    np.testing.assert_array_equal(labels, Y)
    assert as_images_and_labels(inputs, inputs=2)[1] is None


@pytest.mark.parametrize("data", [(X, Y, Y), [(X, Y, Y)]], ids=["arrays", "batches"])
def test_weights_are_refused_and_labels_not_lost_with_them(data):
    with pytest.raises(ValueError, match="without sample weights"):
        as_images_and_labels(data)
