"""Every form in which users have examples with targets and weights is read once, and batches are theirs."""

import keras
import numpy as np
import pytest

from keras_ean.data import Split
from keras_ean.data.examples import Examples, read_examples

RANDOM = np.random.default_rng(0)
X, Y, W = RANDOM.normal(size=(20, 8, 8, 3)), np.arange(20) % 3, RANDOM.random(20)
AGES = RANDOM.normal(size=(20, 1))


class Sequence(keras.utils.PyDataset):
    @property
    def num_batches(self):
        return 3

    def __getitem__(self, index):
        part = slice(8 * index, 8 * index + 8)
        return X[part], {"kind": Y[part], "age": AGES[part]}, W[part]


def tensors(*arrays):
    import torch

    return torch.utils.data.TensorDataset(*map(torch.tensor, arrays))


def loader(batch):
    import torch

    return torch.utils.data.DataLoader(tensors(X, Y, W), batch_size=batch)


def tf_data(batch):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((X, {"kind": Y, "age": AGES}, W))
    return data.batch(8) if batch else data


TWO = {"kind": Y, "age": AGES}
FORMS = {
    "arrays": (lambda: (X, Y), Y, None),
    "with weights": (lambda: (X, Y, W), Y, W),
    "by name": (lambda: (X, TWO, W), TWO, W),
    "a list of outputs": (lambda: (X, [AGES, Y]), [AGES, Y], None),
    "a list of labels": (lambda: (list(X), Y.tolist()), Y, None),
    "a list of one-hot labels": (lambda: (X, list(np.eye(3)[Y])), np.eye(3)[Y], None),
    "one by one": (lambda: list(zip(X, Y, W)), Y, W),
    "PyDataset": (Sequence, TWO, W),
    "Split": (lambda: Split(X, Y), Y, None),
    "examples": (lambda: Examples(X, Y), Y, None),
    "PyTorch's loader": (lambda: loader(8), Y, W),
    "PyTorch's loader, one by one": (lambda: loader(None), Y, W),
}
TENSORFLOW = {
    "tf.data in batches": (lambda: tf_data(True), TWO, W),
    "tf.data one by one": (lambda: tf_data(False), TWO, W),
}


def check(make, targets, weights):
    found = read_examples(make(), "training set")
    keras.tree.map_structure(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), found.targets, targets)
    np.testing.assert_allclose(found.inputs, X, rtol=1e-6)
    assert (found.weights is None) == (weights is None)
    if weights is not None:
        np.testing.assert_allclose(found.weights, weights, rtol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_give_the_same(form):
    check(*FORMS[form])


@pytest.mark.tensorflow
@pytest.mark.parametrize("form", TENSORFLOW)
def test_all_forms_of_tf_data_give_the_same(form):
    check(*TENSORFLOW[form])


@pytest.mark.tensorflow
def test_an_endless_data_set_is_told():
    with pytest.raises(ValueError, match="training set: The data set is infinite.*take"):
        read_examples(tf_data(True).repeat(), "training set")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, Y[:19]), r"images and targets need one number of rows, but there are \[19, 20\]"),
        ((X[:0], Y[:0]), "there are no images"),
        (X, "not ndarray of shape"),
        ((X,), "data are .images, targets. or .images, targets, weights., not tuple of 1"),
        ([(X[:8], Y[:8], W[:8]), (X[8:], Y[8:])], "some batches have weights and some have none"),
    ],
)
def test_other_data_are_refused(data, message):
    with pytest.raises(ValueError, match=f"training set: .*{message}"):
        read_examples(data, "training set")


def test_batches_are_the_same_for_a_seed_and_go_on_at_an_epoch():
    examples = Examples(X, {"kind": Y, "age": AGES}, W)
    batches, later = examples.batches(8, shuffle=True, seed=3), examples.batches(8, shuffle=True, seed=3, epoch=1)
    first = [batches[index] for index in range(3)]
    assert sorted(np.concatenate([weights for *_, weights in first])) == sorted(W)
    assert [len(weights) for *_, weights in first] == [8, 8, 4]
    batches.start(1)
    keras.tree.map_structure(np.testing.assert_array_equal, batches[1], later[1])
    assert not np.array_equal(batches[0][2], first[0][2])


@pytest.mark.tensorflow
def test_tf_data_gives_the_same_batches():
    batches = Examples(X.astype("float32"), {"kind": Y, "age": AGES}, W).batches(8, shuffle=True, seed=3)
    for made, wanted in zip(batches.tf_data().take(3), [batches[index] for index in range(3)]):
        keras.tree.map_structure(np.testing.assert_array_equal, keras.tree.map_structure(np.asarray, made), wanted)


def test_several_inputs_and_targets_of_one_shape_stay_apart_in_training():
    photos, other = X.astype("float32"), X[::-1].astype("float32")
    inputs = [keras.Input((8, 8, 3)) for _ in range(2)]
    pooled = [keras.layers.GlobalAveragePooling2D()(one) for one in inputs]
    model = keras.Model(inputs, [keras.layers.Dense(1, kernel_initializer="ones")(one) for one in pooled])
    model.compile(keras.optimizers.SGD(0.0), ["mse", "mse"])
    examples = read_examples(([photos, other], [AGES, 2 * AGES]), "training set")
    expected = [np.square(x.mean((1, 2)).sum(-1) - y[:, 0]) for x, y in ((X, AGES), (X[::-1], 2 * AGES))]
    loss = model.fit(examples.batches(10), verbose=0).history["loss"][0]
    assert loss == pytest.approx(np.mean(expected[0]) + np.mean(expected[1]), rel=1e-4)
