from itertools import islice

import keras
import numpy as np
import pytest

from keras_ean.data import CropFlip, ResizedCrop, Split
from keras_ean.data.files import Ragged

GENERATOR = np.random.default_rng(0)
LABELS = np.arange(11, dtype="int32") % 3
STORED = Split(GENERATOR.integers(0, 256, (11, 6, 5, 3), "uint8"), LABELS, (0.4, 0.5, 0.6), (0.2, 0.3, 0.1), None, True)
LAZY = Split(Ragged([GENERATOR.integers(0, 256, (7 + i % 3, 9, 3), "uint8") for i in range(11)]), LABELS)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("split", "augment", "drop"), [(STORED, CropFlip(2), False), (STORED, None, True), (LAZY, ResizedCrop(6), False)]
)
def test_it_has_the_batches_epoch_after_epoch(split, augment, drop):
    options = {"shuffle": True, "augment": augment, "seed": 2, "drop_remainder": drop}
    batches = split.batches(4, epoch=3, **options)
    dataset = batches.tf_data()
    found = list(islice(dataset, 2 * len(batches)))
    assert [tuple(spec.shape) for spec in dataset.element_spec] == [
        (4 if drop else None, 6, 6 if split is LAZY else 5, 3),
        (4 if drop else None,),
    ]
    for number, (images, labels) in enumerate(found):
        if number == len(batches):
            batches.start(4)
        truth, classes = batches[number % len(batches)]
        assert images.numpy() == pytest.approx(truth, abs=2e-6)
        assert np.array_equal(labels, classes)
    assert not np.array_equal(found[0][1], found[len(batches)][1])


def fitted(*runs) -> list[np.ndarray]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for run in runs:
        model.fit(**run, shuffle=False, verbose=0)
    return model.get_weights()


@pytest.mark.tensorflow
def test_fit_sees_the_same_batches_and_goes_on_where_it_stopped():
    def batches(epoch=0):
        return STORED.batches(4, shuffle=True, augment=CropFlip(2), seed=3, epoch=epoch)

    truth = fitted({"x": batches(), "epochs": 3})
    steps = {"steps_per_epoch": len(batches())}
    whole = fitted({"x": batches().tf_data(), "epochs": 3, **steps})
    pieces = fitted(
        {"x": batches().tf_data(), "epochs": 1, **steps},
        {"x": batches(1).tf_data(), "epochs": 3, "initial_epoch": 1, **steps},
    )
    for weights in (whole, pieces):
        for ours, theirs in zip(weights, truth, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5)


def test_it_is_for_tensorflow(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="TensorFlow backend, not jax"):
        STORED.batches(4).tf_data()
