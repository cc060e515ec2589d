"""A softmax at the end is found in whatever form it is."""

import keras
import pytest

from keras_ean.graph.reading import read_graph
from keras_ean.graph.softmax import softmax_of

layers = keras.layers
ENDS = {
    "an activation": (lambda x: layers.Dense(3, activation="softmax", name="end")(x), "end"),
    "an activation layer": (lambda x: layers.Activation("softmax", name="end")(x), "end"),
    "a layer": (lambda x: layers.Softmax(name="end")(x), "end"),
    "an operation": (lambda x: keras.ops.softmax(x), "softmax"),
    "before an identity": (lambda x: layers.Identity()(layers.Softmax(name="end")(x)), "end"),
    "a sigmoid": (lambda x: layers.Dense(3, activation="sigmoid")(x), None),
    "logits": (lambda x: layers.Dense(3)(x), None),
    "not the end": (lambda x: layers.Dense(3)(layers.Softmax()(x)), None),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_operation_that_ends_a_graph_in_a_softmax(end):
    build, name = ENDS[end]
    x = keras.Input((4,))
    found = softmax_of(read_graph(keras.Model(x, build(x))))
    assert (None if found is None else found.name.partition("_")[0]) == name
