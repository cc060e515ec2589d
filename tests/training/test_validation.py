"""The accuracy on held-out images while a training goes on."""

import keras
import numpy as np
import pytest

from keras_ean.data import Split
from keras_ean.training import Validation, fit, validation


def fitted(folder, batches, *callbacks):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    fit(model, batches, 3, folder, [each(model) for each in callbacks], verbose=0)
    return model


@pytest.fixture
def batches():
    generator = np.random.default_rng(0)
    split = Split(generator.normal(size=(40, 4, 4, 1)).astype("float32"), generator.integers(0, 3, 40))
    return split.batches(8, shuffle=True, seed=1)


def test_it_is_that_of_the_weights_after_the_epoch_and_changes_nothing(batches, tmp_path):
    seen, held_out = [], batches.split.batches(16)
    model = fitted(
        tmp_path / "seen",
        batches,
        lambda model: Validation(model, held_out, share=1.0, wait=0.0),
        lambda model: keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs))),
    )
    [loss, accuracy] = model.evaluate(held_out, verbose=0)
    assert (seen[-1]["val_loss"], seen[-1]["val_accuracy"]) == pytest.approx((loss, accuracy))
    assert seen[-1]["val_accuracy"] != seen[-1]["accuracy"]
    for found, expected in zip(model.get_weights(), fitted(tmp_path / "plain", batches).get_weights(), strict=True):
        assert np.array_equal(found, expected)


def test_it_takes_a_share_of_the_time_at_most_and_begins_late(monkeypatch):
    now, evaluated = [0.0], []

    class Model:
        def evaluate(self, *_, **__):
            evaluated.append(now[0])
            now[0] += 3
            return {"accuracy": 1.0}

    monkeypatch.setattr(validation.time, "monotonic", lambda: now[0])
    callback = Validation(Model(), None, share=0.05, wait=10.0)
    callback.set_model(Model())
    callback.on_train_begin()
    for _ in range(12):
        now[0] += 8
        callback.on_epoch_end(0, {})
    assert evaluated == [16, 67]
