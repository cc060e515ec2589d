"""Reading the graph of a functional model: nested models flattened, layers made of layers taken apart where it pays."""

from collections.abc import Callable, Collection, Iterable
from functools import partial

import keras

from keras_ean.graph.composite import copyable, ends_blocks, inside
from keras_ean.graph.graph import Graph, Value
from keras_ean.graph.naming import name_steps


def read_graph(
    model: keras.Model,
    inner: bool = True,
    whole: tuple[type, ...] = (),
    taken: Collection[str] = (),
    reserved: Callable[[str], object] = lambda name: False,
    pays: Callable[[Graph], bool] = ends_blocks,
) -> Graph:
    """The flattened graph of a functional or Sequential model.

    Nested functional models become part of the graph, and so do layers whose inner graph `pays`, if `inner` (see
    `keras_ean.graph.composite`). Other layers and models with their own `call` stay one step. What leads to none of the
    model's outputs is left out.

    Args:
        model: The model, whose graph Keras has recorded.
        inner: Whether layers are taken apart where it pays, or only those that cannot be copied.
        whole: Classes of layers that are never taken apart.
        taken: Names that no operation of the graph may have.
        reserved: Tells of a name whether no operation of the graph may have it.
        pays: Tells whether the graph inside a layer is worth taking the layer apart; None asks whether a residual block
            ends there.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed or unbuilt.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"A model's graph is read, so give a functional keras.Model, not {type(model).__name__}: {model!r}."
        )
    functional = as_functional(model)
    if functional is None:
        raise unknown_graph(model)
    graph = Graph(flat="call" in vars(type(functional)))
    tensors = {id(tensor): graph.value(tensor) for tensor in functional.inputs}
    graph.inputs = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], functional.input)
    reader = Reader(inner, whole, pays)
    reader.read(graph, functional.outputs, tensors)
    graph.closed = reader.closed
    graph.outputs = keras.tree.map_structure(lambda tensor: _output(graph, tensor, tensors), functional.output)
    graph.leave_out_unused()
    if not graph.flat:
        graph.find_sizes()
    inputs = [tensor._keras_history.operation.name for tensor in functional.inputs]
    name_steps(graph, {*taken, *inputs}, reserved)
    return graph


def check_inputs(model: keras.Model) -> None:
    """Refuses a model whose inputs Keras does not know.

    Raises:
        ValueError: The model is subclassed or unbuilt.
    """
    if getattr(model, "inputs", None) is None:
        raise unknown_graph(model)


def unknown_graph(model: keras.Model) -> ValueError:
    """The error on a model whose graph Keras has not recorded."""
    return ValueError(
        f"The graph of a built functional or Sequential model is known to Keras, but {model.name!r} "
        f"({type(model).__name__}) is subclassed or not built. Build it as keras.Model(inputs, outputs), or begin a "
        "Sequential model with keras.Input((height, width, channels))."
    )


def as_functional(operation) -> keras.Model | None:
    """The functional model that `operation` is, or wraps if it is Sequential; None if its calls are its own code."""
    if isinstance(operation, keras.Sequential):
        operation = operation._functional
    if not isinstance(operation, keras.Model) or not isinstance(operation, keras.Function):
        return None
    author = next(cls for cls in type(operation).__mro__ if "call" in vars(cls))
    return operation if keras.Function in author.__bases__ else None


class Reader:
    """Turns the calls that Keras has recorded into the steps of a graph.

    Args:
        inner, whole, pays: The arguments of the same names of `read_graph`.
    """

    def __init__(self, inner: bool, whole: tuple[type, ...], pays: Callable[[Graph], bool]):
        self.inner = inner
        self.whole = whole
        self.pays = pays
        self.known: dict[tuple, tuple[keras.Operation, Graph | str | None]] = {}
        """A layer, kept alive for its id, and what is inside it, so that its calls all have the same operations."""
        self.closed: dict[str, str] = {}

    def read(
        self,
        graph: Graph,
        outputs: Iterable,
        tensors: dict[int, Value],
        parents: tuple = (),
        training: bool | None = None,
    ) -> None:
        """Appends the steps that lead from the known `tensors` to `outputs`, and enters all tensors between them."""
        for node in _nodes(outputs, tensors):
            args, kwargs = node.arguments.fill_in(tensors)
            nested = as_functional(node.operation)
            inner = None if nested is None else _nested_inputs(graph, nested, args, kwargs)
            fixed = training if training is not None else kwargs.get("training")
            around = (*parents, node.operation)
            if nested is not None and inner is not None:
                graph.flat = False
                self.read(graph, nested.outputs, inner, around, fixed)
                values = [inner[id(tensor)] for tensor in nested.outputs]
            elif (opened := self.open(node, args, kwargs) if nested is None else None) is not None:
                graph.flat = False
                given = [leaf for leaf in keras.tree.flatten((args, kwargs)) if isinstance(leaf, Value)]
                values = graph.insert(opened, given, around, fixed)
            else:
                values = [graph.value(tensor) for tensor in node.outputs]
                graph.add(node.operation, parents, args, kwargs, values, training)
            tensors.update((id(tensor), value) for tensor, value in zip(node.outputs, values, strict=True))

    def open(self, node, args: tuple, kwargs: dict) -> Graph | None:
        """The graph inside a layer for which that pays; None if it is none, or cannot be looked into."""
        if isinstance(node.operation, self.whole) or (not self.inner and copyable(node.operation)):
            return None
        leaves = keras.tree.flatten((args, kwargs))
        told = [(leaf.shape, leaf.dtype) if isinstance(leaf, Value) else repr(leaf) for leaf in leaves]
        key = (id(node.operation), *told)
        if key not in self.known:
            self.known[key] = node.operation, inside(node, args, kwargs, self.read, self.pays)
        _, found = self.known[key]
        if isinstance(found, str):
            self.closed[node.operation.name] = found
            return None
        return found


def _nodes(outputs: Iterable, known: dict) -> list:
    """The calls from the `known` tensors to `outputs`, depth first: a tower is complete before the next one."""
    order: list = []
    seen: set[int] = set()
    stack = [(tensor, None) for tensor in reversed(list(outputs))]
    while stack:
        tensor, node = stack.pop()
        if node is not None:
            order.append(node)
        elif id(tensor) not in known:
            history = tensor._keras_history
            node = history.operation._inbound_nodes[history.node_index]
            if id(node) not in seen:
                seen.add(id(node))
                stack.append((None, node))
                stack.extend((parent, None) for parent in reversed(node.input_tensors))
    return order


def _nested_inputs(graph: Graph, model, args: tuple, kwargs: dict) -> dict[int, Value] | None:
    """A nested model's input tensors → the values it is called with, cast as the model casts its inputs.

    None if the call does more than that (a mask, an input left out, another rank): it stays one step then.
    """
    if len(args) != 1 or kwargs.get("mask") is not None:
        return None
    values = args[0]
    if isinstance(values, dict) and not isinstance(model.input, dict):
        values = [values.get(tensor.name) for tensor in model.inputs]
    values = keras.tree.flatten(values)
    ranks = [len(value.shape) if isinstance(value, Value) else None for value in values]
    if ranks != [len(tensor.shape) for tensor in model.inputs]:
        return None
    inner = {}
    for tensor, value in zip(model.inputs, values, strict=True):
        if value.dtype != tensor.dtype:
            cast = graph.value(keras.KerasTensor(value.shape, tensor.dtype))
            graph.add(partial(keras.ops.cast, dtype=tensor.dtype), (), (value,), {}, [cast])
            value = cast
        inner[id(tensor)] = value
    return inner


def _output(graph: Graph, tensor, tensors: dict[int, Value]) -> Value:
    """The value of a model's output. One that a flattened model or layer makes keeps that name, for the losses."""
    operation, value = tensor._keras_history.operation, tensors[id(tensor)]
    makers = {value: step.operation for step in graph.steps for value in step.outputs}
    if makers.get(value, operation) is operation:
        return value
    named = graph.value(tensor)
    identity = keras.layers.Identity(dtype=value.dtype, name=operation.name)
    graph.add(identity, (), (value,), {}, [named])
    return named
