import keras
import numpy as np
import pytest

from keras_ean.data import Split
from keras_ean.training import Checkpoint, fit
from keras_ean.training.finite import Finite, NotFinite, not_finite
from tests.training.test_checkpoint import make

pytestmark = pytest.mark.backends


@pytest.fixture
def batches():
    generator = np.random.default_rng(0)
    return Split(generator.normal(size=(40, 4, 4, 1)).astype("float32"), generator.integers(0, 3, 40)).batches(8)


class Poison(keras.callbacks.Callback):
    """Puts a number into a weight at the end of an epoch, counted from 0."""

    def __init__(self, epoch, value):
        super().__init__()
        self.epoch, self.value = epoch, value

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            bias = self.model.layers[-1].bias
            bias.assign(keras.ops.full(bias.shape, self.value))


def trained(folder, batches, *callbacks, rate=0.1):
    model = make()
    model.optimizer.learning_rate = rate
    fit(model, batches, 4, folder, [*callbacks, Finite(model, "mine", "Try less.")], verbose=0)
    return model


def test_a_good_training_is_left_alone(batches, tmp_path):
    assert not_finite(trained(tmp_path, batches).variables) == ""
    assert Checkpoint(tmp_path).finished_epochs == 4


def test_a_loss_that_is_not_finite_ends_the_training_before_anything_is_kept(batches, tmp_path):
    with pytest.raises(NotFinite, match=r"mine: in epoch 1 of 4 the loss is (inf|nan).* no good state .*Try less\.$"):
        trained(tmp_path, batches, rate=1e38)
    assert not list(tmp_path.glob("epoch-*"))


def test_a_loss_beyond_all_measure_counts_as_lost(batches, tmp_path):
    with pytest.raises(NotFinite, match=r"mine: in epoch 1 of 4 the loss is \S+e\+\d+, after \S+ in the beginning, wi"):
        trained(tmp_path, batches, rate=1e12)


def test_weights_that_are_not_finite_are_named_and_the_last_good_state_stays(batches, tmp_path):
    with pytest.raises(
        NotFinite, match=r"mine: in epoch 3 of 4 the loss .* \S*dense\S*/bias\. The state after epoch 2 is"
    ):
        trained(tmp_path, batches, Poison(2, np.inf))
    kept = Checkpoint(tmp_path)
    assert kept.finished_epochs == 2
    kept.restore(model := make())
    assert not_finite(model.variables) == ""
