"""A trained network as the backbone of another: under a new head, or for its feature maps."""

from collections.abc import Sequence
from dataclasses import replace

import keras

from keras_ean.graph.copying import copy_inputs, copy_weights
from keras_ean.graph.graph import Graph, Value
from keras_ean.graph.naming import unique
from keras_ean.graph.reading import as_functional, read_graph
from keras_ean.graph.residual import has_kernel, is_map, is_vector
from keras_ean.plugging.points import find_points
from keras_ean.registry import unknown
from keras_ean.supernet.supernet import Supernet


def transfer(
    network: keras.Model,
    classes: int,
    frozen: bool = False,
    classifier_activation: str | None = None,
    name: str | None = None,
) -> keras.Model:
    """Makes a new functional model: a copy of `network`, weights included, with a new dense head for other classes.

    The head takes the place of the network's last layer with weights, if that is dense, or a convolution of a 1×1 map.
    A network that ends in features keeps all its layers, and a map at its end is pooled. The result is not compiled,
    and `network` itself stays as it is. With `frozen`, only the head learns, and BatchNorm keeps its statistics; a
    .keras file does not keep that of attention modules.

    Args:
        network: A functional model with one output, such as `build_network`, `Supernet.extract` and `plug` give.
        classes: The number of classes of the new task.
        frozen: Whether the copied layers are frozen, so that training changes the head alone.
        classifier_activation: The activation of the head, such as "softmax"; None gives logits.
        name: The name of the new model; None takes the network's.

    Raises:
        TypeError: `network` is no Keras model.
        ValueError: `network` is a supernet, another model whose graph is not known, or has several outputs; or
            `classes` is no positive whole number.

    Example:
        >>> from keras_ean import build_network
        >>> network = build_network("resnet20", "se", "100 010 001", (8, 8, 1), classes=10)
        >>> model = transfer(network, classes=3, frozen=True)
        >>> model.output_shape, len(model.trainable_weights)
        ((None, 3), 2)
    """
    if isinstance(classes, bool) or int(classes) != classes or classes < 1:
        raise ValueError(f"classes is a positive whole number, not {classes!r}.")
    graph = _graph(network)
    value, head = _before_head(graph, network.name)
    body = _copy(network, graph, value, frozen, None)
    tensor = body.output
    if is_map(value):
        pool = unique("pool", {layer.name for layer in body.layers})
        tensor = keras.layers.GlobalAveragePooling2D(data_format="channels_last", name=pool)(tensor)
    tensor = keras.layers.Dense(classes, activation=classifier_activation, dtype="float32", name=head)(tensor)
    return keras.Model(body.input, tensor, name=name or network.name)


def features(
    network: keras.Model, at: Sequence[str] | None = None, frozen: bool = False, name: str | None = None
) -> keras.Model:
    """Makes a new functional model for detection or segmentation, from images to a list of maps, one per stage, finest
    first.

    A stage's map is what its last residual addition gives, after the layers without a kernel (normalisation,
    activation) that it alone feeds. Layers behind the last map, the head among them, are left out. The model is a copy
    with the network's weights, and `network` itself stays as it is.

    Args:
        network: A functional model with residual additions (see `keras_ean.attachment_points`), or any functional model
            together with `at`.
        at: The names of the layers whose maps are wanted instead, in this order.
        frozen: Whether the copied layers are frozen, so that training leaves their weights as they are.
        name: The name of the new model; None takes the network's.

    Raises:
        TypeError: `network` is no Keras model.
        ValueError: `network` is a supernet or another model whose graph is not known; it has no residual additions, and
            `at` is not given; or `at` names a layer that it lacks, or that gives no map.

    Example:
        >>> from keras_ean import build_network
        >>> network = build_network("resnet20", "se", "100 010 001", (8, 8, 1), classes=10)
        >>> [tuple(shape) for shape in features(network).output_shape]
        [(None, 8, 8, 16), (None, 4, 4, 32), (None, 2, 2, 64)]
    """
    graph = _graph(network)
    values = _stage_maps(graph, network.name) if at is None else [_map_of(graph, layer) for layer in at]
    return _copy(network, graph, values, frozen, name)


def _graph(network: keras.Model) -> Graph:
    if isinstance(network, Supernet):
        raise ValueError("A supernet holds many networks; choose one first: supernet.extract(scheme).")
    return read_graph(network, inner=False)


def _before_head(graph: Graph, name: str) -> tuple[Value, str]:
    """What the head of a classifier takes, and the head's name."""
    outputs = keras.tree.flatten(graph.outputs)
    if len(outputs) != 1 or not (is_map(outputs[0]) or len(outputs[0].shape) == 2):
        shapes = ", ".join(str(value.shape) for value in outputs)
        raise ValueError(
            f"A new head goes on one output, (batch, features) or (batch, height, width, channels), but {name!r} gives "
            f"{shapes}. Cut the network first: keras.Model(network.input, tensor)."
        )
    makers = {value: step for step in graph.steps for value in step.outputs}
    value = outputs[0]
    while value in makers:
        step = makers[value]
        is_head = isinstance(step.operation, keras.layers.Dense)
        if is_head or (isinstance(step.operation, keras.layers.Conv2D) and is_vector(value)):
            return step.inputs[0], step.name
        if getattr(step.operation, "weights", ()) or len(step.inputs) != 1 or not is_vector(step.inputs[0]):
            break
        value = step.inputs[0]
    return outputs[0], unique("logits", graph.layers)


def _stage_maps(graph: Graph, name: str) -> list[Value]:
    points = find_points(graph, name)
    additions = {step.name: step for step in graph.steps}
    last = {point.stage: additions[point.addition].outputs[0] for point in points}
    return [_settled(graph, value) for value in last.values()]


def _settled(graph: Graph, value: Value) -> Value:
    """The map after the steps without a kernel that `value` alone feeds."""
    while True:
        users = [step for step in graph.steps if value in step.inputs]
        if len(users) != 1 or len(users[0].inputs) != 1 or has_kernel(users[0]):
            return value
        [following] = users[0].outputs
        if following.shape != value.shape:
            return value
        value = following


def _map_of(graph: Graph, layer: str) -> Value:
    steps = [step for step in graph.steps if step.name == layer]
    if not steps:
        raise ValueError(f"at: {unknown('layer', layer, graph.layers)}")
    value = steps[-1].outputs[0]
    if not is_map(value):
        raise ValueError(f"at: layer {layer!r} gives {value.shape}, no map (batch, height, width, channels).")
    return value


def _copy(network: keras.Model, graph: Graph, outputs, frozen: bool, name: str | None) -> keras.Model:
    """A model of new layers from the network's inputs to `outputs`, with its weights."""
    needed = set(keras.tree.flatten(outputs))
    steps = []
    for step in reversed(graph.steps):
        if needed.intersection(step.outputs):
            needed.update(step.inputs)
            steps.append(step)
    functional = as_functional(network)
    assert functional is not None, "read_graph has checked it"
    inputs = copy_inputs(functional)
    tensors = replace(graph, steps=steps[::-1], outputs=outputs).run(inputs)
    model = keras.Model(inputs, tensors, name=name or network.name)
    copies = {layer.name: layer for layer in model.layers}
    for layer_name, layer in graph.layers.items():
        if layer_name in copies:
            copy_weights(layer, copies[layer_name])
            copies[layer_name].trainable = not frozen
    return model
