"""Layers that a user freezes in a supernet."""

import keras
import numpy as np
import pytest

from keras_ean import plug_supernet
from keras_ean.supernet.frozen import frozen
from tests.plugging.small_models import nested, plain


@pytest.fixture
def supernet():
    supernet = plug_supernet(plain(), "se", seed=0)
    for name in ("a_conv1", "a_norm1", "stage_1_attention"):
        supernet.get_layer(name).trainable = False
    return supernet


@pytest.mark.usefixtures("eagerly")
def test_frozen_layers_do_not_learn(supernet):
    supernet.compile("sgd", "mse")
    before = [np.array(weight) for weight in supernet.get_layer("a_norm1").get_weights()]
    supernet.fit(np.ones((4, 8, 8, 4)), np.zeros((4, 5)), verbose=0)
    for weight, value in zip(supernet.get_layer("a_norm1").get_weights(), before):
        np.testing.assert_array_equal(weight, value)


@pytest.mark.parametrize("share", [True, False])
def test_an_extracted_network_has_them_frozen(supernet, share):
    network = supernet.extract("10 1", share=share)
    attention = "stage_1_attention" if share else "stage_1_block_0_attention"
    assert frozen(network) == {"a_conv1", "a_norm1", attention, f"{attention}/squeeze", f"{attention}/excite"}


def test_a_saved_supernet_has_them_frozen(supernet, tmp_path):
    supernet.save(tmp_path / "supernet.keras")
    assert frozen(keras.models.load_model(tmp_path / "supernet.keras").body) == frozen(supernet.body) != set()


def test_what_the_model_froze_can_be_thawed(tmp_path):
    model = nested()
    model.get_layer("base").trainable = False
    supernet = plug_supernet(model, "se")
    assert "b_conv2" in frozen(supernet.body)
    supernet.get_layer("b_conv2").trainable = True
    supernet.save(tmp_path / "supernet.keras")
    for one in (supernet.extract("10 1"), keras.models.load_model(tmp_path / "supernet.keras").body):
        assert "b_conv2" not in frozen(one)
        assert "b_conv1" in frozen(one)


def test_a_frozen_supernet_gives_frozen_networks(supernet):
    supernet.trainable = False
    assert supernet.extract("11 1").trainable_variables == []
