from functools import partial

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.data import CropFlip, OnDevice, ResizedCrop, Split
from keras_ean.training import checkpoint, fit
from tests.small_backbone import Small

pytestmark = pytest.mark.backends
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def split(dtype, **options):
    generator = np.random.default_rng(0)
    images = (
        generator.integers(0, 256, (23, 6, 5, 3), "uint8") if dtype == "uint8" else generator.normal(size=(23, 6, 5, 3))
    )
    return Split(images.astype(dtype), np.arange(23, dtype="int32") % 3, **options)


NORMALISED = split("uint8", mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.1), normalize=True)


def small():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.1, 0.9), LOSS, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (NORMALISED, {"augment": CropFlip(2)}),
        (split("float32"), {"augment": CropFlip(1, flip=False), "drop_remainder": True}),
        (split("uint8"), {}),
    ],
    ids=["normalised", "floating point", "as they are"],
)
def test_a_step_makes_the_batches_of_the_pipeline(source, options):
    host = source.batches(5, shuffle=True, seed=3, **options)
    trainer = OnDevice(small(), host)
    for epoch in (0, 2):
        host.start(epoch)
        trainer.draws.start(epoch)
        assert len(trainer.draws) == len(host)
        for index in range(len(host)):
            (x, y), (drawn, labels) = host[index], trainer.draws[index]
            cut = trainer.cutting(trainer.pixels, keras.ops.convert_to_tensor(drawn))
            assert keras.ops.convert_to_numpy(cut) == pytest.approx(x, abs=2e-6)
            assert np.array_equal(labels, y)


def batches(epoch=0):
    return NORMALISED.batches(8, shuffle=True, augment=CropFlip(1), seed=1, epoch=epoch)


def test_it_trains_the_model_as_fit_does():
    ours, theirs = small(), small()
    trainer = OnDevice(ours, batches())
    history = trainer.fit(epochs=2, verbose=0).history
    truth = theirs.fit(batches(), epochs=2, shuffle=False, verbose=0).history
    assert history.keys() == truth.keys() == {"loss", "accuracy"}
    assert history["loss"] == pytest.approx(truth["loss"], abs=1e-5)
    for one, other in zip(checkpoint.state(ours), checkpoint.state(theirs), strict=True):
        assert keras.ops.convert_to_numpy(one) == pytest.approx(keras.ops.convert_to_numpy(other), abs=1e-5)
    assert trainer.draws.epoch == 2


def test_a_supernet_has_its_own_loss_there():
    losses = []
    for inside in (False, True):
        keras.utils.set_random_seed(0)
        supernet = ean.build_supernet(Small((1,)), "se", (6, 5, 3), 3, seed=0, distill=0.5)
        supernet.compile(keras.optimizers.SGD(0.01), LOSS, metrics=["accuracy"])
        fit = OnDevice(supernet, batches()).fit if inside else partial(supernet.fit, batches())
        losses.append(fit(epochs=1, shuffle=False, verbose=0).history["loss"])
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)


def test_a_stopped_training_goes_on(monkeypatch, tmp_path):
    monkeypatch.setattr(OnDevice, "pays", classmethod(lambda *_: True))
    ours, theirs, again = small(), small(), small()
    for epochs, model in ((1, ours), (3, again)):
        fit(model, batches(), epochs, tmp_path, verbose=0)
    fit(theirs, batches(), 3, tmp_path / "whole", verbose=0)
    for one, other in zip(again.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_what_cannot_stay_there_is_refused():
    with pytest.raises(ValueError, match=r"no augmentation or CropFlip, not ResizedCrop"):
        OnDevice(small(), split("uint8").batches(5, augment=ResizedCrop(4)))
    lazy = split("uint8")
    with pytest.raises(ValueError, match="fit the model on the batches"):
        OnDevice(small(), Split([lazy.images[0]] * 23, lazy.labels).batches(5))
    with pytest.raises(ValueError, match="compile the model first"):
        OnDevice(keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten()]), lazy.batches(5))
    assert not OnDevice.pays(lazy.batches(5, augment=ResizedCrop(4)))
