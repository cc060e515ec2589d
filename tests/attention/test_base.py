import keras
import numpy as np
import pytest

from keras_ean import attention
from keras_ean.attention import Attention, Gate
from keras_ean.testing.running import maps

pytestmark = pytest.mark.backends


class Wide(Gate):
    def gate(self, x, state):
        return keras.ops.ones((2, 4, 4, 1)), state


class Halve(Attention):
    def attend(self, x, state):
        return x / 2, state


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda x, state: x, r"must return \(y, state\)"),
        (lambda x, state: (x, None), r"must return \(y, state\)"),
        (lambda x, state: (x[..., :1], state), "must keep the shape of x"),
        (lambda x, state: (x, (x,)), "must keep .* the number of state tensors"),
    ],
)
@pytest.mark.parametrize("connected", [None, np.ones(1, "float32")])
def test_broken_attend_is_named(returned, message, connected):
    class Broken(Attention):
        def attend(self, x, state):
            return returned(x, state)

    with pytest.raises(ValueError, match=message):
        Broken()(keras.ops.ones((2, 4, 4, 3)), None, connected)


@pytest.mark.parametrize("connected", [None, np.ones(1, "float32")])
def test_gate_that_is_larger_than_the_map(connected):
    with pytest.raises(ValueError, match="must keep the shape of x"):
        Wide()(keras.ops.ones((2, 1, 1, 3)), None, connected)


def test_subclass_must_implement():
    with pytest.raises(NotImplementedError, match="Attention must implement attend"):
        Attention()(maps((1, 2, 2, 3)))
    with pytest.raises(NotImplementedError, match="Gate must implement gate"):
        Gate()(maps((1, 2, 2, 3)))


def test_call_by_a_block_that_is_not_served():
    with pytest.raises(ValueError, match=r"serves the blocks \(1, 2\), and was called by block 3"):
        Halve(places=(1, 2))(maps((1, 2, 2, 3)), place=3)
    with pytest.raises(ValueError, match="at least one block"):
        Halve(places=())


@pytest.mark.parametrize("shape", [(None, 8), (None, 8, 8, None)])
def test_input_must_be_maps_of_known_channels(shape):
    with pytest.raises(ValueError, match=r"Halve needs an input \(batch, height, width, channels\)"):
        Halve()(keras.Input(shape[1:]))


def test_get():
    module = attention.get("se", reduction=4)
    assert attention.get(module) is module
    with pytest.raises(ValueError, match="Unknown attention module 'see'. Did you mean 'se'"):
        attention.get("see")
    with pytest.raises(TypeError, match="a name or an ean.attention.Attention layer, not 3"):
        attention.get(3)
    with pytest.raises(ValueError, match="kernel is an odd number"):
        attention.get("eca", kernel=4)
    with pytest.raises(ValueError, match="kernel is an odd number"):
        attention.get("cbam", kernel=6)
    with pytest.raises(ValueError, match="extent is 2, 4, 8"):
        attention.get("ge", extent=3)
    with pytest.raises(ValueError, match="variant is one of pool, conv, excite, not 'max'"):
        attention.get("ge", variant="max")
    with pytest.raises(ValueError, match="regularizer is a positive number, not 0"):
        attention.get("simam", regularizer=0)
    with pytest.raises(ValueError, match="maps of a known size: give extent="):
        attention.get("ge", variant="conv")(keras.Input((None, None, 4)))
    whole = attention.get("ge", variant="conv")
    whole(keras.Input((4, 6, 4)))
    with pytest.raises(ValueError, match="maps of one size, 4×6, not 2×3 as well: give extent=, or share=False"):
        whole(keras.Input((2, 3, 4)))


def test_sge_takes_the_greatest_common_number_of_groups():
    module = attention.get("sge", groups=64)
    module(maps((1, 4, 4, 48)))
    assert module.weight.shape == (16,)


class Nest(Attention):
    """Has a layer of its own, and another one that it freezes itself."""

    def build(self, x_shape):
        super().build(x_shape)
        self.free = self.dense(4, self.channels, "free")
        self.fixed = self.dense(4, self.channels, "fixed")
        self.fixed.trainable = False

    def attend(self, x, state):
        return x / 2, state


@pytest.mark.parametrize("trainable", [True, False])
def test_a_module_that_was_saved_frozen_is_built_frozen_and_what_it_freezes_itself_stays_so(trainable):
    class Built(Nest):
        def build(self, x_shape):
            super().build(x_shape)

    for module in (Nest(trainable=trainable), Built(trainable=trainable)):
        module.build((None, 2, 2, 4))
        assert (module.trainable, module.free.trainable, module.fixed.trainable) == (trainable, trainable, False)
        assert len(module.trainable_weights) == (2 if trainable else 0)
        assert module.free.quantization_mode is None


def test_layers_that_were_quantized_are_built_quantized():
    """Also where the module is called as one of its layers."""

    class Deeper(Nest):
        def build(self, x_shape):
            super().build(x_shape)
            self.made = [layer.quantization_mode for layer in (self.free, self.fixed)]

    for name in ("deeper", "free"):
        module = Deeper(quantized={"free": "int8"}, name=name)
        assert module.get_config()["quantized"] == {"free": "int8"}
        module.build((None, 2, 2, 4))
        assert (module.free.quantization_mode, module.fixed.quantization_mode) == ("int8", None)
        assert module.quantization_mode is None
        assert module.get_config()["quantized"] == {"free": "int8"}


def test_what_a_module_does_is_a_factor_and_a_shift():
    """Of a gate it is all factor, of any other module all shift."""
    x, state = maps((2, 3, 4, 5)), (maps((2, 5)),)
    factor, shift, after = Halve().affine(keras.ops.convert_to_tensor(x), state)
    assert after is state
    assert tuple(factor.shape) == (1, 1, 1, 1)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(factor), 1)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(shift), -x / 2)
    factor, shift, after = Wide().affine(keras.ops.convert_to_tensor(x), state)
    assert after is state
    assert (tuple(factor.shape), tuple(shift.shape)) == ((2, 4, 4, 1), (1, 1, 1, 1))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(factor), 1)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(shift), 0)
