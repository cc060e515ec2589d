import keras
import pytest

from keras_ean import Scheme
from keras_ean.bench import spaces


def test_every_space_is_small_enough_to_be_complete():
    for entry in map(spaces.get, spaces.available()):
        assert 3 <= sum(entry.backbone.stages) <= 8
        assert entry.seeds >= 4


def test_supernet_of_a_space():
    entry = spaces.get("digits-light-8")
    data = entry.load()
    supernet = entry.supernet(data)
    assert supernet.stages == (4, 4)
    assert data.shape == (8, 8, 1)
    # Stem, two convolutions a block, one shortcut.
    convolutions = [layer for layer in supernet.body.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 1 + 2 * 8 + 1
    assert supernet.extract(Scheme.empty((4, 4))).output_shape == (None, 10)


def test_unknown_space():
    with pytest.raises(ValueError, match="digits-light-8"):
        spaces.get("digits-light-9")
