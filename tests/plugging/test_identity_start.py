import keras
import numpy as np
import pytest

from keras_ean import attention
from keras_ean.plugging import IdentityStart
from keras_ean.testing.running import filled

pytestmark = pytest.mark.backends
X = np.random.default_rng(0).normal(size=(2, 4, 4, 8)).astype("float32")


def test_a_gate_is_faded_by_alpha():
    module = IdentityStart(attention.get("se", reduction=2))
    module(X)
    module.alpha.assign([0.25])
    gate, _ = module.module.gate(X, ())
    expected = X * (1 + 0.25 * (keras.ops.convert_to_numpy(gate) - 1))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(module(X)[0]), expected, rtol=1e-6)


@pytest.mark.parametrize("name", attention.available())
def test_every_module_is_faded_by_alpha_in_proportion(name):
    """So that training can move alpha away from 0, where nothing but alpha has a slope."""
    module = IdentityStart(attention.get(name))
    identity = keras.ops.convert_to_numpy(module(X)[0])
    np.testing.assert_array_equal(identity, X)
    filled(module.module)
    module.alpha.assign([1.0])
    whole = keras.ops.convert_to_numpy(module(X)[0]) - X
    assert np.abs(whole).max() > 0.01
    for alpha in (0.001, 0.25):
        module.alpha.assign([alpha])
        expected = X + alpha * whole
        np.testing.assert_allclose(keras.ops.convert_to_numpy(module(X)[0]), expected, rtol=1e-5, atol=1e-5)


@keras.saving.register_keras_serializable("tests")
class Shift(attention.Attention):
    """Not a gate: adds 1."""

    def attend(self, x, state):
        return x + 1, state


def test_another_module_is_faded_by_its_difference():
    module = IdentityStart(Shift())
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(module(X)[0]), X)
    module.alpha.assign([0.5])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(module(X)[0]), X + 0.5, rtol=1e-6)


def test_the_state_is_not_faded_and_the_mask_holds_it():
    plain = attention.get("dia")
    module = IdentityStart(plain)
    y, state = module(X)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(y), X)
    expected = module.module(X)[1]
    for actual, wanted in zip(state, expected, strict=True):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(actual), keras.ops.convert_to_numpy(wanted), rtol=1e-6)
    _, held = module(X, state, connected=np.array([0.0, 1.0], "float32"))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(held[0])[0], keras.ops.convert_to_numpy(state[0])[0])
    assert not np.allclose(keras.ops.convert_to_numpy(held[0])[1], keras.ops.convert_to_numpy(state[0])[1])


def test_configuration():
    module = IdentityStart(attention.get("se", reduction=3)).at((2, 5), "stage_1_attention")
    assert module.places == module.module.places == (2, 5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(module))
    assert (again.name, again.places, again.module.reduction) == ("stage_1_attention", (2, 5), 3)
