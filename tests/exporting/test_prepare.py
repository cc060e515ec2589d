import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.exporting import prepare


def test_float32_has_the_same_weights():
    policy = keras.DTypePolicy("mixed_bfloat16")
    inner = keras.Sequential([keras.layers.Dense(3, dtype=policy)], name="inner_float16")
    conv = keras.layers.Conv2D(2, 3, dtype="float16")
    model = keras.Sequential([keras.Input((4, 4, 1), dtype="float16"), conv, inner])
    model.compile("adam", "mse")
    assert prepare.reduced_policy(model) == "float16"
    rebuilt = prepare.in_float32(model)
    assert not rebuilt.compiled
    assert prepare.reduced_policy(rebuilt) is None
    assert {weight.dtype for weight in rebuilt.weights} == {"float32"}
    assert {tensor.dtype for tensor in (*rebuilt.inputs, *rebuilt.outputs)} == {"float32"}
    assert [layer.name for layer in rebuilt.layers] == [layer.name for layer in model.layers]
    for old, new in zip(model.weights, rebuilt.weights, strict=True):
        np.testing.assert_array_equal(np.array(keras.ops.cast(old, "float32")), np.array(new))


def test_float32_of_layers_that_nobody_registered():
    class Own(keras.layers.Layer):
        def call(self, x):
            return x * 2

    inputs = keras.Input((4, 4, 1))
    x = Own(dtype="mixed_bfloat16")(inputs)

    def clipped(x):
        return keras.ops.clip(x, 0, 1)

    model = keras.Model(inputs, keras.layers.Dense(2, activation=clipped, dtype="mixed_bfloat16")(x))
    rebuilt = prepare.in_float32(model)
    assert prepare.reduced_policy(rebuilt) is None
    assert (type(rebuilt.layers[1]), rebuilt.layers[-1].activation) == (Own, clipped)


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("scheme", ["100 010 011", "000 000 000", "111 111 111"])
def test_scheme_is_read_from_the_network(scheme, share):
    network = ean.build_network(ean.backbones.get("resnet20", width=4), "se", scheme, (8, 8, 1), 10, share)
    assert str(prepare.infer_scheme(network)) == scheme


def test_other_models_have_no_scheme():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    assert prepare.infer_scheme(model) is None


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (lambda: "model.h5", TypeError, "not str"),
        (lambda: keras.Sequential([keras.layers.Dense(3)]), ValueError, "build it"),
        (lambda: keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]), ValueError, "one input of images"),
    ],
)
def test_what_is_no_network(model, error, message):
    with pytest.raises(error, match=message):
        prepare.check(model())


def test_layers_of_a_script_cannot_be_carried():
    here = type("Here", (keras.layers.Layer,), {"__module__": "__main__", "call": lambda self, x: x})
    inputs = keras.Input((4, 4, 1))
    with pytest.raises(ValueError, match="the class Here, defined in the running script"):
        prepare.code_modules(keras.Model(inputs, here()(inputs)))


@pytest.mark.parametrize("wrap", [lambda x: {"logits": x}, lambda x: [x]], ids=["dict", "list"])
def test_an_only_output_is_taken_out_of_what_it_stands_in(wrap):
    image = keras.Input((2, 2, 1))
    model = keras.Model(image, wrap(keras.layers.Flatten()(image)), name="wrapped")
    plain = prepare.unwrapped(model)
    assert (plain.name, plain.input is image) == ("wrapped", True)
    assert not keras.tree.is_nested(plain.output)
    assert prepare.unwrapped(plain) is plain
