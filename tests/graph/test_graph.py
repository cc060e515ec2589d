import keras
import numpy as np
import pytest

from keras_ean.graph.copying import copy_operation
from keras_ean.graph.reading import read_graph
from tests.plugging.small_models import MODELS, assert_equal, batch, outputs, plain


@pytest.mark.parametrize("name", list(MODELS))
def test_the_steps_can_run_in_their_order_and_give_the_models_tensors(name):
    model = MODELS[name]()
    graph = read_graph(model)
    known = set(keras.tree.flatten(graph.inputs))
    for step in graph.steps:
        assert set(step.inputs) <= known
        known |= set(step.outputs)
    shapes = keras.tree.map_structure(lambda value: (value.shape, value.dtype), graph.outputs)
    assert shapes == keras.tree.map_structure(lambda tensor: (tensor.shape, tensor.dtype), model.output)


def test_rewriting_an_edge_changes_that_use_only():
    model = plain()
    image = keras.Input((8, 8, 4), name="image")
    graph = read_graph(model)
    target = next(step for step in graph.steps if step.name == "a_add")

    def rewrite(step, value, tensor):
        return tensor * 0 if step is target and value is target.inputs[1] else tensor

    cut = keras.Model(image, graph.run(image, rewrite))
    ones = {layer.name: layer for layer in cut.layers}
    for name, layer in graph.layers.items():
        ones[name].set_weights(layer.get_weights())
    x = batch(model)
    total = keras.Model(cut.input, ones["a_add"].output)
    np.testing.assert_array_equal(outputs(total, x), x)
    assert_equal(
        outputs(keras.Model(model.input, model.get_layer("a_norm2").output), x),
        outputs(keras.Model(cut.input, ones["a_norm2"].output), x),
    )


def test_a_layer_that_does_not_take_its_own_options_is_named_in_one_line():
    class Odd(keras.layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            return {**super().get_config(), "heads": [1] * 500}

    with pytest.raises(ValueError, match=r"'odd' \(Odd\) cannot be made from its own configuration. .*heads") as fault:
        copy_operation(Odd(name="odd"), "copy")
    assert "\n" not in str(fault.value)
