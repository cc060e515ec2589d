import keras
import numpy as np
import pytest

from keras_ean.data import CropFlip, Split


@pytest.fixture
def split():
    """23 images of 6×6 whose every pixel is their number."""
    numbers = np.arange(23)
    return Split(np.broadcast_to(numbers.astype("uint8")[:, None, None, None], (23, 6, 6, 1)).copy(), numbers % 3)


def numbers(batches) -> list[int]:
    return [round(float(image[3, 3, 0]) * 255) for images, _ in batches for image in images]


def test_in_order_by_default_with_a_smaller_last_batch(split):
    batches = split.batches(5)
    assert numbers(batches) == list(range(23))
    assert [len(y) for _, y in batches] == [5, 5, 5, 5, 3]
    assert batches[1][0].dtype == np.float32


def test_each_epoch_has_an_order_of_its_own_and_shows_every_image_once(split):
    batches = split.batches(5, shuffle=True, seed=4)
    first = numbers(batches)
    batches.start(1)
    second = numbers(batches)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(23))
    assert numbers(split.batches(5, shuffle=True, seed=4)) == first
    assert numbers(split.batches(5, shuffle=True, seed=4, epoch=1)) == second
    assert numbers(split.batches(5, shuffle=True, seed=5)) != first


def test_labels_stay_with_their_images(split):
    for images, labels in split.batches(4, shuffle=True):
        assert np.array_equal(np.round(images[:, 0, 0, 0] * 255) % 3, labels)


def test_augmentation_repeats_with_seed_and_epoch_whatever_the_order_of_asking(split):
    forward, backward = (split.batches(5, augment=CropFlip(2), seed=1, epoch=2) for _ in range(2))
    images = [forward[index][0] for index in range(5)]
    assert all(np.array_equal(backward[index][0], images[index]) for index in reversed(range(5)))
    forward.start(3)
    assert not np.array_equal(forward[0][0], images[0])


def test_drop_remainder_leaves_full_batches_only(split):
    assert [len(y) for _, y in split.batches(5, drop_remainder=True)] == [5] * 4
    with pytest.raises(ValueError, match="23 images do not fill a batch of 24"):
        split.batches(24, drop_remainder=True)


def test_batch_size_must_be_positive(split):
    with pytest.raises(ValueError, match="at least 1, not 0"):
        split.batches(0)


def small_model() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.5), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_fit_sees_these_batches_in_this_order_and_can_be_continued(split):
    def batches(epoch=0):
        return split.batches(5, shuffle=True, augment=CropFlip(2), seed=3, epoch=epoch)

    by_hand, fitted, continued = small_model(), small_model(), small_model()
    for epoch in range(3):
        for x, y in batches(epoch):
            by_hand.train_on_batch(x, y)
    fitted.fit(batches(), epochs=3, shuffle=False, verbose=0)
    continued.fit(batches(), epochs=1, shuffle=False, verbose=0)
    continued.fit(batches(1), epochs=3, initial_epoch=1, shuffle=False, verbose=0)
    for model in (fitted, continued):
        for ours, truth in zip(model.get_weights(), by_hand.get_weights()):
            assert np.allclose(ours, truth, atol=1e-5)


def test_fit_counts_the_epochs_however_often_it_looks_ahead(split):
    batches = split.batches(5, shuffle=True)
    model = small_model()
    for epochs in (2, 3):
        batches.start(0)
        model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
        assert batches.epoch == epochs


def test_evaluate_and_predict_take_them_too(split):
    model = small_model()
    x, y = split.arrays()
    assert model.evaluate(split.batches(5), verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-4)
    assert np.allclose(model.predict(split.batches(5), verbose=0), model.predict(x, verbose=0), atol=1e-5)
