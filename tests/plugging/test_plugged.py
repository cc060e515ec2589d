import keras
import numpy as np
import pytest
from keras import layers

from keras_ean import attention
from keras_ean.plugging import attachment_points, plug, plug_supernet

from .small_models import (
    MODELS,
    assert_equal,
    batch,
    block,
    classifier,
    nested,
    operators,
    outputs,
    plain,
    siamese,
    trained,
)


@pytest.fixture(scope="module", params=list(MODELS))
def model(request):
    """Nothing here changes it, which is a test as well."""
    keras.utils.set_random_seed(0)
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def x(model):
    return batch(model)


@pytest.fixture(scope="module")
def expected(model, x):
    return outputs(model, x)


@pytest.fixture(scope="module")
def simple():
    """A model, images, and what it gives."""
    model = plain()
    return model, batch(model), outputs(model, batch(model))


def weights(model):
    """All weights of the layers that are not attention, sublayers included, by value."""
    return [
        keras.ops.convert_to_numpy(weight)
        for layer in model._flatten_layers()
        if not layer._layers and not any("attention" in weight.path for weight in layer.weights)
        for weight in layer.weights
    ]


def by_size(arrays):
    return sorted(arrays, key=lambda array: (array.size, array.tobytes()))


def test_without_attention_the_outputs_are_the_models(model, x, expected):
    assert_equal(outputs(plug(model, scheme="00 0"), x), expected)


@pytest.mark.parametrize("share", [True, False])
def test_identity_start_gives_the_models_outputs_until_it_is_trained(model, x, expected, share):
    plugged = plug(model, "dia", share=share, identity_init=True)
    assert_equal(outputs(plugged, x), expected)
    alphas = [weight for weight in plugged.trainable_weights if weight.path.endswith("alpha")]
    assert len(alphas) == (2 if share else 3)
    alphas[-1].assign([0.5])
    assert not np.allclose(keras.tree.flatten(outputs(plugged, x))[0], keras.tree.flatten(expected)[0], atol=1e-6)


def test_the_models_weights_are_carried_over_bit_for_bit_and_it_stays_as_it_was(model, x, expected):
    calls = [len(layer._inbound_nodes) for layer in model.layers]
    plugged = plug(model, "se")
    for value, carried in zip(by_size(weights(model)), by_size(weights(plugged)), strict=True):
        np.testing.assert_array_equal(carried, value)
    for weight in plugged.weights:
        weight.assign(np.zeros(weight.shape))
    assert_equal(outputs(model, x), expected)
    assert [len(layer._inbound_nodes) for layer in model.layers] == calls


@pytest.mark.usefixtures("eagerly")
def test_a_plugged_model_keeps_inputs_and_outputs_and_trains_and_reloads(model, x, expected, tmp_path):
    plugged = plug(model, "se", scheme="10 1")
    assert keras.tree.map_structure(lambda t: (t.name, t.shape, t.dtype), plugged.input) == keras.tree.map_structure(
        lambda t: (t.name, t.shape, t.dtype), model.input
    )
    assert plugged.output_names == model.output_names
    plugged.compile("sgd", "mse")
    plugged.fit(x, keras.tree.map_structure(np.zeros_like, expected), verbose=0)
    plugged.save(tmp_path / "plugged.keras")
    again = keras.models.load_model(tmp_path / "plugged.keras", safe_mode=False)
    assert_equal(outputs(again, x), outputs(plugged, x))


@pytest.mark.backends
def test_attention_multiplies_the_branch_before_the_addition():
    model = plain()
    x = batch(model)
    plugged = plug(model, "se", scheme="00 1")
    inner = keras.Model(plugged.input, [plugged.get_layer(n).output for n in ("c_norm2", "c_projection", "c_add")])
    branch, shortcut, total = map(keras.ops.convert_to_numpy, inner(x, training=False))
    module = plugged.get_layer("stage_1_attention")
    w1, b1, w2, b2 = (keras.ops.convert_to_numpy(weight) for weight in module.weights)
    gate = 1 / (1 + np.exp(-(np.maximum(branch.mean((1, 2)) @ w1 + b1, 0) @ w2 + b2)))
    np.testing.assert_allclose(total, shortcut + branch * gate[:, None, None], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", attention.available())
def test_every_module(name, simple):
    model, x, expected = simple
    options = {"groups": 2} if name == "sge" else {}
    module = attention.get(name, **options)
    assert_equal(outputs(plug(model, module, identity_init=True), x), expected)
    assert plug(model, module, scheme="01 0", share=False).count_params() >= model.count_params()


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", attention.available())
def test_attention_that_starts_as_the_identity_learns(name, simple):
    """A module that is the identity itself would leave α without a slope, and α = 0 the module."""
    model, x, expected = simple
    plugged = plug(model, attention.get(name), scheme="11 1", identity_init=True)
    own = [weight for weight in plugged.trainable_weights if "attention" in weight.path]
    before = [np.array(keras.ops.convert_to_numpy(weight)) for weight in own]
    plugged.compile("sgd", "mse")
    plugged.fit(x, expected + np.random.default_rng(0).normal(size=expected.shape), verbose=0)
    moved = [np.any(keras.ops.convert_to_numpy(weight) != old) for weight, old in zip(own, before, strict=True)]
    assert sum(moved) >= 2, "a weight in each of the two stages"


@pytest.mark.backends
def test_the_attention_takes_the_models_dtype_policy():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = plain()
    finally:
        keras.config.set_dtype_policy("float32")
    plugged = plug(model, "se", identity_init=True)
    assert plugged.get_layer("stage_0_attention").compute_dtype == "float16"
    assert_equal(outputs(plugged, batch(model)), outputs(model, batch(model)))


def test_frozen_layers_stay_frozen():
    model = nested()
    model.get_layer("base").trainable = False
    plugged = plug(model, "se")
    trainable = {weight.path.split("/")[0] for weight in plugged.trainable_weights}
    assert trainable == {"a_conv1", "hidden", "scores", "stage_0_attention", "stage_1_attention"}


@pytest.mark.backends
def test_a_plugged_model_can_be_plugged_again(simple):
    model, x, _ = simple
    model = plug(model, "se")
    again = plug(model, "se", identity_init=True)
    assert attachment_points(model).stages == (2, 1)
    assert_equal(outputs(again, x), outputs(model, x))


def test_an_adapted_normalization_layer_keeps_its_statistics():
    image = keras.Input((8, 8, 4))
    normalization = layers.Normalization()
    model = keras.Model(image, layers.Add()([image, layers.Conv2D(4, 3, padding="same")(normalization(image))]))
    normalization.adapt(np.random.default_rng(0).normal(3, 2, (16, 8, 8, 4)))
    x = batch(model)
    assert_equal(outputs(plug(model, scheme="0"), x), outputs(model, x))
    assert_equal(outputs(plug_supernet(model).extract("0"), x), outputs(model, x))


class TestSupernet:
    @pytest.mark.usefixtures("eagerly")
    def test_schemes_run_on_the_models_weights(self, model, x, expected):
        supernet = plug_supernet(model, "se")
        assert supernet.stages == (2, 1)
        close = {"rtol": 1e-5, "atol": 1e-5}
        for scheme in ("10 1", "00 0"):
            found = outputs(supernet.extract(scheme), x)
            predicted = supernet.predict(x, scheme=scheme, verbose=0)
            keras.tree.map_structure(lambda a, b: np.testing.assert_allclose(a, b, **close), predicted, found)
        assert_equal(found, expected)

    def test_identity_start(self, model, x, expected):
        supernet = plug_supernet(model, "dia", identity_init=True)
        assert_equal(outputs(supernet.extract("11 1"), x), expected)

    @pytest.mark.usefixtures("eagerly")
    def test_fits_reloads_and_extracts(self, model, x, expected, tmp_path):
        supernet = plug_supernet(model, "se")
        supernet.compile("sgd", "mse")
        supernet.fit(x, keras.tree.map_structure(np.zeros_like, expected), verbose=0)
        supernet.save(tmp_path / "supernet.keras")
        again = keras.models.load_model(tmp_path / "supernet.keras", safe_mode=False)
        assert again.stages == supernet.stages
        assert_equal(outputs(again.extract("01 1"), x), outputs(supernet.extract("01 1"), x))
        assert not np.array_equal(
            keras.tree.flatten(outputs(supernet.extract("00 0"), x))[0], keras.tree.flatten(expected)[0]
        )

    @pytest.mark.backends
    def test_masks_per_image(self, simple):
        model, x, _ = simple
        x = x[:2]
        supernet = plug_supernet(model, "se")
        rows = np.array([[1, 0, 1], [0, 0, 0]], "float32")
        both = keras.ops.convert_to_numpy(supernet({"image": x, "scheme": rows}))
        for row, scheme in enumerate(("10 1", "00 0")):
            expected = outputs(supernet.extract(scheme), x)[row]
            np.testing.assert_allclose(both[row], expected, rtol=1e-5, atol=1e-5)


def test_the_two_runs_of_a_shared_tower_have_their_own_state():
    model = siamese()
    x = batch(model)
    plugged = plug(model, "dia")
    features = keras.Model(plugged.input, plugged.get_layer("both").output)
    same = {"left": x["left"], "right": x["left"]}
    left, right = np.split(outputs(features, same), 2, axis=-1)
    np.testing.assert_allclose(left, right, rtol=1e-6)


def test_refuses_what_has_no_graph():
    class Subclassed(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match=r"Subclassed.*subclassed or not built"):
        plug(Subclassed())
    with pytest.raises(ValueError, match="subclassed or not built"):
        plug(keras.Sequential([layers.Dense(2)]))
    with pytest.raises(TypeError, match="functional keras.Model, not Dense"):
        plug(layers.Dense(2))


def test_refuses_a_scheme_that_does_not_fit():
    with pytest.raises(ValueError, match=r"stages \(2, 1\)|stages are \(2, 1\)"):
        plug(plain(), scheme="1 1")


def test_a_layer_without_configuration_is_named():
    class Mystery(layers.Layer):
        def __init__(self, factor, **kwargs):
            super().__init__(**kwargs)
            self.factor = object()

        def call(self, x):
            return x

    image = keras.Input((8, 8, 4))
    y = Mystery(object(), name="mystery")(layers.Conv2D(4, 3, padding="same")(image))
    with pytest.raises(ValueError, match=r"'mystery' \(Mystery\) does not implement it"):
        plug(trained(keras.Model(image, image + y)))


def test_a_lambda_loads_only_when_trusted(tmp_path):
    plug(operators(), "se").save(tmp_path / "plugged.keras")
    with pytest.raises(ValueError, match="arbitrary code"):
        keras.models.load_model(tmp_path / "plugged.keras")


@pytest.mark.backends
def test_what_leads_to_no_output_is_left_out():
    image, again = keras.Input((8, 8, 4)), keras.Input((8, 8, 4))
    early = block(image, 4, "a")
    base = keras.Model(image, [early, block(early, 8, "c", stride=2)], name="base")
    model = trained(keras.Model(again, classifier(base(again)[0])))
    plugged = plug(model, "se", identity_init=True)
    assert attachment_points(model).stages == (1,)
    assert "c_conv1" not in {layer.name for layer in plugged.layers}
    x = batch(model)
    assert_equal(outputs(plugged, x), outputs(model, x))
