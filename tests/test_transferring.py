import keras
import numpy as np
import pytest

import keras_ean as ean

SHAPE = (8, 8, 1)
TASK = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def built():
    return ean.build_network("resnet8", "dia", "1 1 1", SHAPE, 10)


def extracted():
    return ean.build_supernet("preresnet8", "se", SHAPE, 10).extract("1 0 1")


def plugged():
    return ean.plug(ean.build_network("wrn-10-1", "se", "0 0 0", SHAPE, 10), "sge", identity_init=True)


def probabilities():
    return ean.build_network("resnet8", "se", "1 0 1", SHAPE, 10, classifier_activation="softmax")


def headless():
    whole = ean.build_network("resnet8", "se", "1 0 1", SHAPE, 10)
    return keras.Model(whole.input, whole.get_layer("pool").input)


NETWORKS = {function.__name__: function for function in (built, extracted, plugged, probabilities, headless)}


@pytest.fixture(params=NETWORKS)
def network(request):
    """With every weight, BatchNorm's statistics too, away from its initial value."""
    model = NETWORKS[request.param]()
    generator = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(weight + np.abs(generator.normal(0, 0.1, weight.shape)))
    return model


def before_head(model, images):
    """What the last dense layer takes."""
    head = next(layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense))
    return keras.ops.convert_to_numpy(keras.Model(model.input, head.input)(images))


def values(model):
    return {weight.path: np.array(keras.ops.convert_to_numpy(weight)) for weight in model.weights}


@pytest.mark.usefixtures("eagerly")
def test_a_new_head_on_the_same_features(network, images, tmp_path):
    x, y = images
    kept = values(network)
    model = ean.transfer(network, classes=3)
    if "pool" in {layer.name for layer in network.layers}:
        assert np.array_equal(before_head(model, x), before_head(network, x))
    else:
        assert np.array_equal(before_head(model, x), keras.ops.convert_to_numpy(network(x)).mean((1, 2)))
    assert {w.path: w.shape for w in model.weights if not w.path.startswith("logits")}.items() <= {
        w.path: w.shape for w in network.weights
    }.items()
    model.compile(keras.optimizers.SGD(0.1), TASK)
    model.train_on_batch(x, y % 3)
    changed = {path for path, value in values(model).items() if not np.array_equal(value, kept.get(path))}
    assert len(changed) > 0.8 * len(kept)
    assert all(np.array_equal(value, kept[path]) for path, value in values(network).items())
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.usefixtures("eagerly")
def test_frozen_only_the_head_learns(network, images, tmp_path):
    x, y = images
    model = ean.transfer(network, classes=3, frozen=True, name="frozen")
    assert model.name == "frozen"
    assert {weight.path for weight in model.trainable_weights} == {"logits/kernel", "logits/bias"}
    before = values(model)
    model.compile(keras.optimizers.SGD(0.1), TASK)
    model.train_on_batch(x, y % 3)
    after = values(model)
    assert {path for path in after if not np.array_equal(after[path], before[path])} == {"logits/kernel", "logits/bias"}
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert {weight.path for weight in again.trainable_weights} == {"logits/kernel", "logits/bias"}
    free = ean.transfer(again, classes=3, frozen=False)
    assert len(free.trainable_weights) == len(ean.transfer(network, classes=3).trainable_weights)


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("resnet8", [f"stage_{stage}_block_0_relu" for stage in range(3)]),
        ("preresnet20", ["stage_0_block_2_add", "stage_1_block_2_add", "head_relu"]),
        ("wrn-16-1", ["stage_1_block_0_relu1", "stage_2_block_0_relu1", "head_relu"]),
    ],
)
@pytest.mark.parametrize("attention", ["dia", None])
def test_feature_maps_are_those_after_each_stage(name, layers, attention, images):
    stages = ean.backbones.get(name).stages
    scheme = ean.Scheme.full(stages) if attention else ean.Scheme.empty(stages)
    network = ean.build_network(name, attention or "se", scheme, SHAPE, 10)
    maps = ean.features(network, frozen=True)
    truth = keras.Model(network.input, [network.get_layer(layer).output for layer in layers])
    for actual, expected in zip(maps(images[0]), truth(images[0]), strict=True):
        assert np.array_equal(keras.ops.convert_to_numpy(actual), keras.ops.convert_to_numpy(expected))
    assert not maps.trainable_weights
    assert len(maps.weights) == len(network.weights) - 2


def test_feature_maps_of_named_layers_and_of_plugged_models(images, tmp_path):
    network = plugged()
    maps = ean.features(network, at=["stage_1_block_0_conv1", "stem_conv"])
    assert [shape[-1] for shape in maps.output_shape] == [32, 16]
    assert [shape[1] for shape in ean.features(network).output_shape] == [8, 4, 2]
    maps.save(tmp_path / "maps.keras")
    for one, other in zip(keras.models.load_model(tmp_path / "maps.keras")(images[0]), maps(images[0]), strict=True):
        assert np.array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))


def test_what_cannot_be_transferred_says_why():
    network = built()
    two = keras.Model(network.input, [network.output, network.output])
    for model, message in (
        (ean.build_supernet("resnet8", "se", SHAPE, 10), r"supernet.extract\(scheme\)"),
        (two, r"one output.*\(None, 10\), \(None, 10\)"),
    ):
        with pytest.raises(ValueError, match=message):
            ean.transfer(model, 3)
    with pytest.raises(ValueError, match="positive whole number, not 0"):
        ean.transfer(network, 0)
    with pytest.raises(ValueError, match="Unknown layer 'stem_cnv'. Did you mean 'stem_conv'"):
        ean.features(network, at=["stem_cnv"])
    with pytest.raises(ValueError, match="'pool' gives .None, 64., no map"):
        ean.features(network, at=["pool"])
