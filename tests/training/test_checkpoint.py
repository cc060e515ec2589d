import keras
import numpy as np
import pytest

from keras_ean.data import Split
from keras_ean.training import checkpoint, fit
from keras_ean.training.checkpoint import Checkpoint

pytestmark = pytest.mark.backends


def make():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(3)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss)
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture
def batches():
    generator = np.random.default_rng(0)
    split = Split(generator.normal(size=(40, 4, 4, 1)).astype("float32"), generator.integers(0, 3, 40))
    return split.batches(8, shuffle=True, seed=1)


class Stop(keras.callbacks.Callback):
    """Breaks off in the middle of an epoch, as a kill would."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.at = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.at == self.epoch and batch == 2:
            raise KeyboardInterrupt


def weights(model):
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in checkpoint.state(model)]


def test_a_stopped_training_ends_as_an_uninterrupted_one(batches, tmp_path):
    whole = make()
    fit(whole, batches, 4, tmp_path / "whole", verbose=0)
    for stop in (0, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            fit(make(), batches, 4, tmp_path / "cut", [Stop(stop)], verbose=0)
        assert Checkpoint(tmp_path / "cut").finished_epochs == stop
    resumed = make()
    fit(resumed, batches, 4, tmp_path / "cut", verbose=0)
    for expected, found in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_a_finished_training_is_not_repeated(batches, tmp_path):
    fit(make(), batches, 2, tmp_path, verbose=0)
    epochs = []
    spy = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))
    fit(make(), batches, 2, tmp_path, [spy], verbose=0)
    assert epochs == []


def test_only_the_newest_is_kept_and_half_written_files_do_not_count(batches, tmp_path):
    fit(make(), batches, 3, tmp_path, verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-000003.npz"]
    (tmp_path / "partial.npz").write_bytes(b"half")
    assert Checkpoint(tmp_path).finished_epochs == 3
    checkpoint.discard(tmp_path)
    checkpoint.discard(tmp_path)
    assert Checkpoint(tmp_path).finished_epochs == 0


def other_model(folder):
    other = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(4)])
    other.compile("sgd", "mse")
    Checkpoint(folder).restore(other)


def other_work(folder):
    Checkpoint(folder, work="seed 1").restore(make())


def damaged(damage):
    def restore(folder):
        file = Checkpoint(folder).newest
        file.write_bytes(damage(file.read_bytes()))
        Checkpoint(folder, work="seed 0").restore(make())

    return restore


@pytest.mark.parametrize(
    ("restore", "why"),
    {
        "another model": (other_model, "holds the state of another model"),
        "other work": (other_work, "is of other work"),
        "empty": (damaged(lambda content: b""), "is damaged"),
        "half": (damaged(lambda content: content[: len(content) // 2]), "is damaged"),
        "one bit": (damaged(lambda content: bytes([*content[:400], content[400] ^ 4, *content[401:]])), "is damaged"),
    }.values(),
)
def test_a_state_that_is_not_of_this_training_is_moved_aside(batches, tmp_path, capsys, restore, why):
    fit(make(), batches, 1, tmp_path, work="seed 0", verbose=0)
    restore(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-000001.npz.damaged-1"]
    assert (
        f"epoch-000001.npz {why}: moved to epoch-000001.npz.damaged-1; the training begins anew."
        in capsys.readouterr().err
    )
    assert Checkpoint(tmp_path).finished_epochs == 0
