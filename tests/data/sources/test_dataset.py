import numpy as np
import pytest

from keras_ean import data

pytestmark = pytest.mark.tensorflow
X = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 3), "uint8")
Y = np.arange(40) % 4


def dataset(rows=slice(None)):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((X[rows], Y[rows]))


@pytest.mark.parametrize("change", [lambda d: d, lambda d: d.batch(7), lambda d: d.shuffle(40)])
def test_labels_stay_with_images_and_no_image_is_in_two_splits(change):
    loaded = data.load(change(dataset()))
    truth = {image.tobytes(): label for image, label in zip(X, Y)}
    splits = loaded.train, loaded.validation, loaded.test
    assert len(set().union(*({image.tobytes() for image in split.images} for split in splits))) == 40
    for split in splits:
        assert [truth[image.tobytes()] for image in split.images] == split.labels.tolist()


def test_given_test_images_stay_the_test_images():
    loaded = data.load({"train": dataset(slice(32)), "test": dataset(slice(32, 40))})
    assert np.array_equal(loaded.test.images, X[32:])


def test_what_cannot_be_used_is_refused():
    import tensorflow as tf

    with pytest.raises(ValueError, match="is infinite; leave out repeat"):
        data.load(dataset().repeat())
    with pytest.raises(ValueError, match=r"must give \(image, label\)"):
        data.load(tf.data.Dataset.from_tensor_slices(X))
    with pytest.raises(ValueError, match="exceeds 500 bytes at image 5"):
        data.load(dataset(), memory=500)
    with pytest.raises(ValueError, match="train is empty"):
        data.load(dataset().take(0))
    ragged = tf.data.Dataset.from_generator(
        lambda: ((np.zeros((size, 4, 1), "uint8"), 0) for size in (4, 5)),
        output_signature=(tf.TensorSpec((None, 4, 1), tf.uint8), tf.TensorSpec((), tf.int64)),
    )
    with pytest.raises(ValueError, match="images differ in size"):
        data.load(ragged)


def test_two_data_sets_as_keras_gives_them(folder):
    import keras

    root = folder({"cat": 20, "dog": 20})
    options = {"image_size": (8, 8), "validation_split": 0.2, "subset": "both", "seed": 1, "verbose": False}
    train, held_out = keras.utils.image_dataset_from_directory(root, **options)
    loaded = data.load((train, held_out))
    assert loaded.class_names == ("cat", "dog")
    assert (len(loaded.train) + len(loaded.validation), len(loaded.test)) == (32, 8)
