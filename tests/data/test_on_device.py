import keras
import numpy as np
import pytest

from keras_ean.data import CropFlip, ResizedCrop, Split
from keras_ean.data.on_device import DeviceBatches


def split(dtype, **options):
    generator = np.random.default_rng(0)
    images = (
        generator.integers(0, 256, (23, 6, 5, 3), "uint8") if dtype == "uint8" else generator.normal(size=(23, 6, 5, 3))
    )
    return Split(images.astype(dtype), np.arange(23, dtype="int32") % 3, **options)


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (split("uint8", mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.1), normalize=True), {"augment": CropFlip(2)}),
        (split("float32"), {"augment": CropFlip(1, flip=False), "drop_remainder": True}),
        (split("uint8"), {}),
    ],
    ids=["normalised", "floating point", "as they are"],
)
def test_they_are_the_batches_of_the_pipeline(source, options):
    options = {**options, "shuffle": True, "seed": 3}
    host, there = source.batches(5, **options), DeviceBatches(source, 5, **options)
    for epoch in (0, 2):
        host.start(epoch)
        there.start(epoch)
        assert len(there) == len(host)
        for index in range(len(host)):
            (x, y), (tensor, labels) = host[index], there[index]
            assert not isinstance(tensor, np.ndarray)
            assert keras.backend.standardize_dtype(tensor.dtype) == "float32"
            assert keras.ops.convert_to_numpy(tensor) == pytest.approx(x, abs=2e-6)
            assert np.array_equal(labels, y)


def test_fit_takes_them():
    model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    batches = DeviceBatches(split("uint8"), 8, shuffle=True)
    model.fit(batches, epochs=2, shuffle=False, verbose=0)
    assert batches.epoch == 2


def test_what_cannot_be_cut_there_is_refused():
    with pytest.raises(ValueError, match=r"no augmentation or CropFlip, not ResizedCrop"):
        DeviceBatches(split("uint8"), 5, augment=ResizedCrop(4))
    lazy = split("uint8")
    with pytest.raises(ValueError, match="use split.batches"):
        DeviceBatches(Split([lazy.images[0]] * 23, lazy.labels), 5)
    assert not DeviceBatches.suits(lazy, ResizedCrop(4))
