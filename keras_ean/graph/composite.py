"""Looking into layers made of other layers, such as KerasHub's MBConvBlock, by running their `call` symbolically.

A layer is taken apart if what is looked for is inside, such as the end of a residual block (or if it cannot be copied
as a whole), and if the calls inside are all there is to it: they are the same in training and at inference, they use
all its weights, and every layer inside can be copied.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from keras_ean.graph.copying import copy_operation
from keras_ean.graph.graph import Graph, Step, Value, replaced
from keras_ean.graph.residual import find_branches, is_addition, is_map
from keras_ean.graph.weight import Weight


class Closed(Exception):
    """A layer cannot be taken apart; the message says why."""


def inside(node, args: tuple, kwargs: dict, read: Callable, pays: Callable[[Graph], bool]) -> Graph | str | None:
    """The graph of the calls inside the layer that `node` calls with `args` and `kwargs`.

    None if the layer is not made of layers, gives no map, or can be copied and its graph does not pay; the reason if it
    cannot be taken apart. `read(graph, outputs, tensors)` reads recorded calls.
    """
    layer = node.operation
    if not is_composite(layer, args, kwargs, node.outputs):
        return None
    try:
        training, graph = (trace(layer, args, kwargs, read, mode) for mode in (True, False))
        if not pays(graph) and copyable(layer):
            return None
        if signature(layer, training) != signature(layer, graph):
            raise Closed("its call depends on training")
        check(layer, graph, node.outputs)
    except Closed as reason:
        return str(reason)
    except Exception as error:  # Foreign code may raise anything on symbolic tensors.
        return f"its call takes no symbolic tensors, {type(error).__name__}"
    return graph


def is_composite(layer, args: tuple, kwargs: dict, outputs) -> bool:
    """Whether a layer that is none of Keras' own, or a Lambda, holds trained layers, or joins maps."""
    if not isinstance(layer, keras.layers.Layer) or kwargs.get("mask") is not None:
        return False
    known = type(layer).__module__.startswith("keras.src.layers") and not isinstance(layer, keras.layers.Lambda)
    if known or not any(len(tensor.shape) == 4 for tensor in outputs):
        return False
    inner = any(sublayer.weights for sublayer in layer._flatten_layers(include_self=False))
    return inner or len(maps(args, kwargs)) > 1


def maps(args: tuple, kwargs: dict) -> list[Value]:
    return [leaf for leaf in keras.tree.flatten((args, kwargs)) if isinstance(leaf, Value) and is_map(leaf)]


def trace(layer, args: tuple, kwargs: dict, read: Callable, training: bool) -> Graph:
    """The graph of the calls inside, of one mode; its inputs are the values in `args` and `kwargs`, flat."""
    graph = Graph()
    given = [leaf for leaf in keras.tree.flatten((args, kwargs)) if isinstance(leaf, Value)]
    symbols = {value: keras.KerasTensor(value.shape, value.dtype) for value in given}
    known = {value: graph.value(value) for value in symbols}
    tensors = {id(symbols[value]): known[value] for value in symbols}
    graph.inputs = [known[value] for value in given]
    args, kwargs = replaced((args, {**kwargs, "training": training}), symbols)
    with recorded(layer) as outputs:
        with keras.StatelessScope(collect_losses=True) as scope:
            layer(*args, **kwargs)
        if scope.state_mapping or scope.losses:
            raise Closed("its call updates weights or adds losses")
        flat = keras.tree.flatten(outputs)
        read(graph, flat, tensors)
        graph.outputs = [tensors[id(tensor)] for tensor in flat]
    hold_weights(layer, graph)
    for step in graph.steps:
        # Keras notes the mode of each call; one that the mode of the whole does not reach is the layer's own.
        if step.kwargs.pop("training", None) not in (None, training):
            raise Closed("its call fixes training for a layer inside")
    return graph


@contextmanager
def recorded(layer: keras.layers.Layer) -> Iterator[list]:
    """While open, a symbolic call of `layer` runs its `call` and puts its outputs into the list; it leaves no nodes."""
    outputs: list = []

    def symbolic_call(*args, **kwargs):
        outputs.append(layer.call(*args, **kwargs))
        return keras.tree.map_structure(lambda tensor: keras.KerasTensor(tensor.shape, tensor.dtype), outputs[0])

    nodes = [calls for inner in layer._flatten_layers() for calls in (inner._inbound_nodes, inner._outbound_nodes)]
    lengths = [len(calls) for calls in nodes]
    vars(layer)["symbolic_call"] = symbolic_call
    try:
        yield outputs
    finally:
        del vars(layer)["symbolic_call"]
        for calls, length in zip(nodes, lengths, strict=True):
            del calls[length:]


def hold_weights(layer: keras.layers.Layer, graph: Graph) -> None:
    """Weights that the layer has itself, and its call uses, become steps of their own; anything else is refused."""
    held: dict[int, Value] = {}
    steps, graph.steps = graph.steps, []

    def hold(leaf):
        if isinstance(leaf, keras.Variable):
            if id(leaf) not in held:
                own = any(leaf is weight for weight in layer.weights)
                if not own or leaf.dtype != layer.variable_dtype or not leaf._autocast:
                    raise Closed(f"its call uses the weight {leaf.name}, of another layer or type")
                held[id(leaf)] = graph.value(keras.KerasTensor(leaf.shape, layer.compute_dtype))
                holder = Weight.holding(leaf, dtype=layer.dtype_policy, name=f"{layer.name}_{leaf.name}")
                graph.add(holder, (), (graph.inputs[0],), {}, [held[id(leaf)]])
            return held[id(leaf)]
        if hasattr(leaf, "shape") and not isinstance(leaf, Value):
            raise Closed("its call uses arrays")
        return leaf

    for step in steps:
        step.args, step.kwargs = keras.tree.map_structure(hold, (step.args, step.kwargs))
        graph.steps.append(step)


def ends_blocks(graph: Graph) -> bool:
    """Whether a residual block ends in the graph, or the graph adds to a map that comes from elsewhere."""
    several = sum(map(is_map, set(graph.inputs))) > 1
    return bool(find_branches(graph)) or (several and any(map(is_addition, graph.steps)))


def check(layer: keras.layers.Layer, graph: Graph, outputs) -> None:
    """Closed unless a model with the calls inside computes, holds and saves what the layer does."""
    run = Run(graph)(*(keras.KerasTensor(value.shape, value.dtype) for value in graph.inputs))
    if [(tuple(tensor.shape), tensor.dtype) for tensor in run] != [(tensor.shape, tensor.dtype) for tensor in outputs]:
        raise Closed("its call gives other shapes than the layer")
    if layer.activity_regularizer is not None:
        raise Closed("its outputs are regularised")
    layers = [step.operation for step in graph.steps if isinstance(step.operation, keras.layers.Layer)]
    used = {id(weight) for operation in layers for weight in operation.weights}
    if any(id(weight) not in used for weight in layer.weights):
        raise Closed("its call leaves weights out")
    for operation in layers:
        if not copyable(operation):
            raise Closed(f"{type(operation).__name__} inside cannot be copied")


def copyable(operation: keras.Operation) -> bool:
    """Whether the operation can be made anew from its configuration."""
    try:
        copy_operation(operation, operation.name)
    except ValueError:
        return False
    return True


class Run(keras.layers.Layer):
    """Runs a graph with its own operations: a symbolic call shows whether they take real tensors of any batch."""

    def __init__(self, graph: Graph):
        super().__init__(autocast=False)
        self.graph = graph

    def call(self, *inputs):
        return keras.tree.flatten(self.graph.run(list(inputs), copy=lambda operation, name: operation))


def signature(layer: keras.layers.Layer, graph: Graph) -> list[tuple[Any, ...]]:
    """The graph, to compare with another one of the same layer."""
    own = {id(inner) for inner in layer._flatten_layers()}

    def identity(operation):
        if isinstance(operation, Weight):
            return id(operation.weight)
        return id(operation) if id(operation) in own else type(operation)

    def arguments(step: Step):
        flat = keras.tree.flatten((step.args, step.kwargs))
        return tuple(leaf.number if isinstance(leaf, Value) else repr(leaf) for leaf in flat)

    steps = [(identity(step.operation), arguments(step)) for step in graph.steps]
    return [*steps, *((value.number,) for value in graph.outputs)]
