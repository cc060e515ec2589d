"""Whether a network ends in a softmax, and in which operation."""

from typing import Any

import keras

from keras_ean.graph.graph import Graph


def softmax_of(graph: Graph) -> Any:
    """The operation that ends a graph of one output in a softmax, be it a layer's activation; None if none does.

    Layers that hand on what they take, such as `keras.layers.Identity`, may follow it.

    Args:
        graph: The graph, as `keras_ean.graph.reading.read_graph` makes it.
    """
    makers = {value: step for step in graph.steps for value in step.outputs}
    [value] = keras.tree.flatten(graph.outputs)
    while value in makers and isinstance(makers[value].operation, keras.layers.Identity):
        [value] = makers[value].inputs
    last = makers[value].operation if value in makers else None
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    return last if type(last).__name__ == "Softmax" or activation == "softmax" else None
