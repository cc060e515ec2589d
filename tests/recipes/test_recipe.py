from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_ean import build_network, build_supernet, data, recipes
from keras_ean.data import CropFlip, ResizedCrop, Split
from keras_ean.recipes import CoupledSGD, Recipe
from tests.small_backbone import Small

PAPER = {
    # name: (epochs, batch, milestones, factor, decay, dropout)
    "resnet164-cifar": (180, 128, (60, 120), 0.1, 1e-4, 0.0),
    "preresnet164-cifar": (164, 128, (81, 122), 0.1, 1e-4, 0.0),
    "wrn52-4-cifar": (200, 128, (80, 120, 160), 0.2, 5e-4, 0.3),
    "resnext101-8x32-cifar": (300, 128, (150, 225), 0.1, 5e-4, 0.0),
    "resnet50-imagenet-supernet": (40, 256, (), 0.1, 1e-4, 0.0),
    "resnet50-imagenet": (120, 256, (30, 60, 90), 0.1, 1e-4, 0.0),
}


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_recipes(name):
    recipe = recipes.get(name)
    epochs, batch, milestones, factor, decay, dropout = PAPER[name]
    assert (recipe.epochs, recipe.batch_size, recipe.dropout) == (epochs, batch, dropout)
    optimizer = recipe.optimizer(steps_per_epoch=10)
    assert isinstance(optimizer, CoupledSGD)
    assert (optimizer.momentum, optimizer.nesterov, optimizer.l2) == (0.9, False, decay)
    rate = recipe.learning_rate(10)
    for epoch in range(epochs):
        expected = 0.1 * factor ** sum(epoch >= milestone for milestone in milestones)
        assert float(rate(10 * epoch) if callable(rate) else rate) == pytest.approx(expected)
    assert recipe.augmentation == (ResizedCrop(224) if "imagenet" in name else CropFlip(4))
    assert (recipe.size, recipe.resize) == (((224, 224), 256) if "imagenet" in name else (None, None))
    assert recipe.label_smoothing == 0
    assert recipe.precision == "float32"


def test_names():
    assert recipes.available() == sorted([*PAPER, "cifar-one-cycle", "digits-short", "digits-one-cycle"])
    with pytest.raises(ValueError, match="Unknown recipe 'digits-shot'. Did you mean 'digits-short'"):
        recipes.get("digits-shot")


def test_milestones_move_with_the_epochs():
    rate = recipes.get("resnet164-cifar").learning_rate(steps_per_epoch=1, epochs=18)
    assert [round(float(rate(epoch)), 4) for epoch in (5, 6, 11, 12)] == [0.1, 0.01, 0.01, 0.001]


def test_a_training_has_steps():
    with pytest.raises(ValueError, match="not 0 and 6"):
        recipes.get("digits-short").learning_rate(0)


def test_a_warm_up_longer_than_the_training_is_cut_to_half_of_it():
    assert recipes.get("digits-short").learning_rate(4, epochs=1).warmup == 2


@pytest.mark.parametrize(
    ("name", "build"),
    [
        pytest.param("digits-one-cycle", lambda shape: build_network(Small(), "se", "111 1", shape, 10), id="network"),
        pytest.param(
            "resnet164-cifar",
            lambda shape: build_supernet(Small(), "se", shape, 10),
            id="supernet",
            marks=pytest.mark.backends,
        ),
    ],
)
def test_networks_and_supernets_learn_with_the_optimizer_built_before_the_first_step(name, build):
    recipe = replace(recipes.get(name), batch_size=32, rate=0.05, augmentation=None)
    digits = data.load("digits", train=100)
    model, batches = build(digits.shape), recipe.batches(digits.train, seed=1)
    recipe.compile(model, steps_per_epoch=len(batches), epochs=4)
    assert model.optimizer.built
    history = model.fit(batches, epochs=4, shuffle=False, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert "accuracy" in history


def test_batches_are_shuffled_augmented_and_whole():
    recipe = replace(recipes.get("digits-short"), augmentation=CropFlip(1), batch_size=4)
    split = Split(np.random.default_rng(0).integers(0, 256, (11, 5, 5, 1), "uint8"), np.arange(11))
    first, again = (list(recipe.batches(split, seed=2, epoch=3)) for _ in range(2))
    assert [len(y) for _, y in first] == [4, 4]
    assert all(np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) for a, b in zip(first, again))
    assert [y.tolist() for _, y in first] != [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert not np.allclose(first[0][0], split.arrays()[0][first[0][1]])


def test_label_smoothing_is_in_the_loss_and_accuracy_stays_accuracy():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    Recipe(epochs=1, batch_size=4, rate=0.1, label_smoothing=0.1).compile(model, 1)
    x, y = np.random.default_rng(0).normal(size=(20, 4)).astype("float32"), np.arange(20) % 3
    figures = model.evaluate(x, y, verbose=0, return_dict=True)
    logits = model.predict(x, verbose=0)
    truth = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(np.eye(3)[y], logits)
    assert figures["loss"] == pytest.approx(float(truth), rel=1e-4)
    assert figures["accuracy"] == pytest.approx((logits.argmax(1) == y).mean())


@pytest.mark.backends
def test_bfloat16_networks_keep_float32_weights_and_the_policy_ends_with_the_block():
    recipe = recipes.get("cifar-one-cycle")
    with recipe.policy():
        network = build_network(Small(), "se", "101 0", (8, 8, 3), 10)
    assert keras.config.dtype_policy().name == "float32"
    assert {str(keras.backend.standardize_dtype(weight.dtype)) for weight in network.trainable_variables} == {"float32"}
    images = np.random.default_rng(0).integers(0, 256, (512, 8, 8, 3), "uint8")
    batches = recipe.batches(Split(images, (np.arange(512) % 10).astype("int32")))
    recipe.compile(network, len(batches), epochs=1)
    history = network.fit(batches, epochs=1, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"][0])


def test_images_as_a_training_sees_them():
    pixels = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 1), "uint8")
    split = Split(pixels, np.arange(10), mean=(0.5,), std=(0.5,), normalize=True)
    plain = Recipe(epochs=1, batch_size=4, rate=0.1)
    np.testing.assert_array_equal(plain.augmented(split), split.arrays()[0])
    crops = replace(plain, augmentation=CropFlip(padding=2))
    seen = crops.augmented(split, seed=3)
    assert (seen.shape, seen.dtype) == ((10, 8, 8, 1), np.float32)
    np.testing.assert_array_equal(seen, crops.augmented(split, seed=3))
    assert (seen != crops.augmented(split, seed=4)).any()
    [batch, *_] = split.batches(4, augment=CropFlip(padding=2), seed=3)
    np.testing.assert_array_equal(seen[:4], batch[0])
