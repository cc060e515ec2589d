import json

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.looking.gate_values import explained
from tests.small_backbone import Small


class Brightness(ean.attention.Gate):
    """g_c = 1 in the first channel, the image's mean in the others."""

    def gate(self, x, state):
        mean = keras.ops.mean(x, axis=(1, 2, 3), keepdims=True)
        first = keras.ops.one_hot(keras.ops.zeros((1, 1, 1), "int32"), x.shape[-1], dtype=x.dtype)
        return first + (1 - first) * mean, state


@pytest.fixture(scope="module")
def gated():
    """Class 0 has images of the value 1, class 1 of the value 3."""
    image = keras.Input((4, 4, 2))
    y, _ = Brightness(name="bright")(image)
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(y), name="mine")
    images = np.repeat([1.0, 1.0, 3.0, 3.0], 32).reshape(4, 4, 4, 2).astype("float32")
    return model, images, np.array([0, 0, 1, 1])


@pytest.mark.backends
def test_values_and_constancy_by_hand(gated):
    model, images, labels = gated
    [gate] = ean.attention_statistics(model, images, labels)
    np.testing.assert_allclose(gate.values, [[1, 1], [1, 1], [1, 3], [1, 3]], rtol=1e-6)
    np.testing.assert_allclose(gate.statistics.over_images, [0, 1 / np.sqrt(5)], atol=1e-6)
    np.testing.assert_allclose(gate.between_classes, [0, 1], atol=1e-6)
    np.testing.assert_allclose(gate.by_class(labels), [[1, 1], [1, 3]], rtol=1e-6)
    assert gate.moved() == [1, 0]
    assert gate.quantiles[1] == pytest.approx(1)
    assert not gate.adds


def test_constancy_is_that_of_folding(images):
    network = ean.build_network(Small((2, 1)), "se", "11 1", (8, 8, 1), 10)
    x, y = images
    folded = ean.fold(network, x, y)
    found = ean.attention_statistics(network, x)
    assert [gate.statistics.varies for gate in found] == [gate.statistics.varies for gate in folded.gates]
    assert [gate.name for gate in found] == [gate.name for gate in folded.gates]


def test_what_is_added_is_told_of_a_module_that_adds(images):
    network = ean.build_network(Small((1,)), "gc", "1", (8, 8, 1), 10)
    [gate] = ean.attention_statistics(network, images[0])
    assert gate.adds
    assert gate.quantiles == (0, 0, 0)  # A new GC module adds nothing.


def test_as_text_and_as_facts(gated):
    model, images, labels = gated
    found = ean.attention_statistics(model, images, keras.utils.to_categorical(labels))
    head, _, row, foot = str(found).splitlines()
    assert head.split("  ")[0] == "gate"
    assert row.split() == ["bright", "Brightness", "4×4×2", "1.00", "1.00", "3.00", "22.4", "0.0", "50", "1", "0"]
    assert foot == "1 gates of mine on 4 images"
    facts = json.loads(json.dumps(found.facts()))
    assert facts["gates"][0]["channel_means"] == pytest.approx([1, 2])
    assert facts["gates"][0]["between_classes"] == pytest.approx(0.5)
    unlabelled = ean.attention_statistics(model, images)
    assert unlabelled[0].between_classes is None
    assert "–" in str(unlabelled)


def test_one_label_for_each_image(gated):
    model, images, _ = gated
    with pytest.raises(ValueError, match="one label for each image, but 3 labels and 4 images"):
        ean.attention_statistics(model, images, [0, 1, 1])


def test_share_of_the_classes():
    values, labels = np.array([[0.0, 5], [2, 5], [4, 5], [6, 5]]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(explained(values, labels), [16 / 20, 0])
