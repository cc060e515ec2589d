import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.looking.gradcam import View
from tests.small_backbone import Small

pytestmark = pytest.mark.backends
CHANNELS, CLASSES = 3, 4


def small(head: keras.layers.Layer, nested: bool = False) -> keras.Model:
    """A 1×1 convolution with ReLU, then a dense head on the mean of its maps."""
    image = keras.Input((6, 6, 2))
    body = [keras.layers.Conv2D(CHANNELS, 1, activation="relu", name="maps"), keras.layers.GlobalAveragePooling2D()]
    if nested:
        inner = keras.Input((6, 6, 2))
        return keras.Model(image, head(keras.Model(inner, body[1](body[0](inner)), name="body")(image)))
    return keras.Model(image, head(body[1](body[0](image))))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(5, 6, 6, 2)).astype("float32")


def by_hand(model, images, labels):
    """The score of class c is the mean over positions of Σ w_kc A_k + b, so the gradient by A_k is w_kc / 36."""
    kernel, bias, weights, _ = (np.array(weight) for weight in model.weights)
    maps = np.maximum(images @ kernel[0, 0] + bias, 0)
    return np.maximum(np.einsum("nhwk,kn->nhw", maps, weights[:, labels] / 36), 0)


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("activation", ["linear", "softmax"])
def test_maps_are_those_computed_by_hand(images, nested, activation):
    model = small(keras.layers.Dense(CLASSES, activation=activation), nested)
    labels = [0, 1, 2, 3, 1]
    maps = View(model).maps(images, labels, batch_size=2)
    np.testing.assert_allclose(maps, by_hand(model, images, labels), rtol=1e-4, atol=1e-7)
    assert model.layers[-1].activation is keras.activations.get(activation)
    found = ean.gradcam(model, images, layer="maps", labels=keras.utils.to_categorical(labels, CLASSES))
    largest = maps.max(axis=(1, 2), keepdims=True)
    assert (largest > 0).sum() > 1
    wanted = maps / np.where(largest > 0, largest, 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_without_labels_the_class_is_the_one_that_the_model_finds(images):
    model = small(keras.layers.Dense(CLASSES))
    own = model.predict(images, verbose=0).argmax(-1)
    np.testing.assert_array_equal(ean.gradcam(model, images), ean.gradcam(model, images, labels=own))


def test_one_output_is_looked_at_from_both_sides(images):
    model = small(keras.layers.Dense(1))
    view, weights = View(model), np.array(model.weights[2])
    raises, lowers = (view.maps(images, [label] * 5, 5) for label in (1, 0))
    np.testing.assert_allclose(view.maps(images, None, 5), raises)
    kernel, bias = (np.array(weight) for weight in model.weights[:2])
    evidence = np.maximum(images @ kernel[0, 0] + bias, 0) @ weights[:, 0] / 36
    np.testing.assert_allclose(raises - lowers, evidence, rtol=1e-4, atol=1e-7)


def test_maps_have_the_size_of_the_images_in_a_network_with_attention():
    keras.utils.set_random_seed(0)
    network = ean.build_network(Small((1, 1)), "dia", "1 1", (8, 8, 1), classes=3)
    images = np.random.default_rng(0).normal(size=(12, 8, 8, 1))
    found = ean.gradcam(network, images, layer="stage_1_attention", labels=[0, 1, 2] * 4)
    assert found.shape == (12, 8, 8)
    assert found.min() >= 0
    highest = found.max(axis=(1, 2))  # 0 where nothing in the image speaks for the class, by these random weights.
    assert (np.isclose(highest, 1, rtol=1e-6) | (highest == 0)).all()
    assert np.isclose(highest, 1).any()


@pytest.mark.parametrize(
    ("layer", "labels", "message"),
    [
        ("map", None, "Unknown layer with a map 'map'. Did you mean 'maps'"),
        (None, [0, 1], "one label from 0 to 3 for each image, but 2 labels and 5 images"),
        (None, [0, 1, 2, 3, 4], "one label from 0 to 3"),
    ],
)
def test_faults_are_told(images, layer, labels, message):
    with pytest.raises(ValueError, match=message):
        ean.gradcam(small(keras.layers.Dense(CLASSES)), images, layer, labels)


def test_models_without_classes_or_maps_are_refused(images):
    image = keras.Input((6, 6, 2), name="image")
    with pytest.raises(ValueError, match=r"one output \(images, classes\), but 'pixels' gives"):
        ean.gradcam(keras.Model(image, keras.layers.Conv2D(2, 1)(image), name="pixels"), images)
    flat = keras.layers.Dense(2)(keras.layers.Flatten()(image))
    with pytest.raises(ValueError, match="No layer of 'flat' gives a map"):
        ean.gradcam(keras.Model(image, flat, name="flat"), images)
