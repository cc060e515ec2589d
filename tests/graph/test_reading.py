import keras
import numpy as np
from keras import layers

from keras_ean.graph.reading import as_functional, read_graph
from keras_ean.layer_names import attention_of
from keras_ean.plugging.points import locate
from tests.plugging.small_models import nested, outputs, plain, siamese


def test_nested_models_become_steps():
    graph = read_graph(nested())
    assert not graph.flat
    assert {"base_a_conv1", "a_conv1", "hidden", "scores", "head"} <= graph.layers.keys()
    assert not any(as_functional(layer) for layer in graph.layers.values())
    assert read_graph(plain()).flat


def test_a_shared_tower_is_called_twice_with_one_operation():
    graph = read_graph(siamese())
    runs = [i for i, step in enumerate(graph.steps) if step.name == "a_conv1"]
    last = [i for i, step in enumerate(graph.steps) if step.name == "c_relu"]
    assert runs[0] < last[0] < runs[1] < last[1]
    assert graph.steps[runs[0]].operation is graph.steps[runs[1]].operation


def test_names_that_are_taken_are_not_used_twice():
    inner = keras.Input((8, 8, 4), name="map")
    inner_model = keras.Model(inner, layers.ReLU(name="image")(layers.ReLU(name="stage_0_attention")(inner)), name="in")
    image = keras.Input((8, 8, 4), name="image")
    model = keras.Model(image, layers.ReLU(name="scheme")(inner_model(image)))
    assert set(read_graph(model).layers) == {"in_image", "stage_0_attention", "scheme"}
    graph = read_graph(model, taken=("scheme",), reserved=attention_of)
    assert set(graph.layers) == {"in_image", "inner_stage_0_attention", "scheme_1"}
    assert set(locate(model, at=["in_image"])[0].layers) == set(graph.layers)


def test_a_sequential_model_is_read_as_the_functional_one_inside():
    model = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3), layers.Flatten()])
    x = np.ones((1, 8, 8, 4), "float32")
    graph = read_graph(model)
    image = keras.Input((8, 8, 4))
    assert [step.name for step in graph.steps] == [layer.name for layer in model.layers]
    assert keras.Model(image, graph.run(image)).output_shape == model.output_shape
    assert outputs(model, x).shape == (1, 144)


def test_a_model_with_its_own_call_stays_one_step():
    class Tower(keras.Model):
        def call(self, x):
            return 2 * x

    image = keras.Input((8, 8, 4))
    graph = read_graph(keras.Model(image, Tower(name="own")(image)))
    assert [step.name for step in graph.steps] == ["own"]
