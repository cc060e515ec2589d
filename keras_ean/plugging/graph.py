"""The graph of a functional model as a plain list of steps, nested models flattened, that can be run anew."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras

from keras_ean.plugging.copying import copy_operation

RESERVED = re.compile(r"stage_\d+(_block_\d+)?_attention")
"""Layer names that the plugged attention takes."""


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the graph: its number, its shape with the batch, its dtype."""

    number: int
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(eq=False)
class Step:
    """One call of an operation. `args` and `kwargs` are the call's, with a `Value` for every tensor."""

    operation: Any
    parents: tuple[str, ...]
    args: tuple
    kwargs: dict
    outputs: list[Value]
    name: str = ""

    @property
    def inputs(self) -> list[Value]:
        return [leaf for leaf in keras.tree.flatten((self.args, self.kwargs)) if isinstance(leaf, Value)]


@dataclass(eq=False)
class Graph:
    """The steps of a model in an order in which they can run, towers one after the other.

    Attributes:
        model: the functional model that was read; the one inside, if a Sequential model was.
        inputs, outputs: the model's structures, with a `Value` for every tensor.
        steps: the calls; several steps have the same operation where a layer or a nested model is shared.
        flat: whether `keras.Model` on the steps has the same layers as the model had.
    """

    model: keras.Model
    inputs: Any = None
    outputs: Any = None
    steps: list[Step] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    flat: bool = True

    def value(self, tensor) -> Value:
        value = Value(len(self.values), tuple(tensor.shape), str(tensor.dtype))
        self.values.append(value)
        return value

    @property
    def layers(self) -> dict[str, keras.layers.Layer]:
        """The layers by their name in the flattened graph."""
        return {step.name: step.operation for step in self.steps if isinstance(step.operation, keras.layers.Layer)}

    def run(self, inputs, rewrite: Callable | None = None):
        """The outputs for symbolic `inputs`, through new copies of all operations.

        `rewrite(step, value, tensor) -> tensor` may replace a tensor on its way into a step (`value` is one of its
        inputs) or out of it (one of its outputs).
        """
        rewrite = rewrite or (lambda step, value, tensor: tensor)
        tensors = dict(zip(keras.tree.flatten(self.inputs), keras.tree.flatten(inputs), strict=True))
        copies: dict[int, Callable] = {}
        for step in self.steps:
            key = id(step.operation)
            if key not in copies:
                copies[key] = copy_operation(step.operation, step.name)
            fed = {value: rewrite(step, value, tensors[value]) for value in dict.fromkeys(step.inputs)}
            args, kwargs = keras.tree.map_structure(
                lambda leaf, fed=fed: fed[leaf] if isinstance(leaf, Value) else leaf, (step.args, step.kwargs)
            )
            produced = keras.tree.flatten(copies[key](*args, **kwargs))
            tensors.update(
                (value, rewrite(step, value, tensor)) for value, tensor in zip(step.outputs, produced, strict=True)
            )
        return keras.tree.map_structure(lambda value: tensors[value], self.outputs)


def read_graph(model: keras.Model) -> Graph:
    """The flattened graph of a functional or Sequential model.

    Nested functional models become part of the graph; a layer keeps its name unless another one has it, and is
    prefixed with the names of its parents then. Models that override `call` stay one layer.

    Raises:
        TypeError: not a Keras model.
        ValueError: a subclassed or unbuilt model.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"A model to plug into is a functional keras.Model, not {type(model).__name__}: {model!r}.")
    functional = as_functional(model)
    if functional is None:
        raise ValueError(
            f"A model to plug into is a built functional or Sequential model, whose graph Keras knows, but "
            f"{model.name!r} ({type(model).__name__}) is subclassed or not built. Build it as keras.Model(inputs, "
            "outputs), or call attention modules (ean.attention.get) in its call()."
        )
    graph = Graph(functional)
    tensors = {id(tensor): graph.value(tensor) for tensor in functional.inputs}
    graph.inputs = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], functional.input)
    graph.flat = "call" in vars(type(functional))
    _append(graph, functional, tensors, (), None)
    graph.outputs = keras.tree.map_structure(lambda tensor: _output(graph, tensor, tensors), functional.output)
    _name(graph)
    return graph


def as_functional(operation) -> keras.Model | None:
    """The functional model that `operation` is, or wraps if it is Sequential; None if its calls are its own code."""
    if isinstance(operation, keras.Sequential):
        operation = operation._functional
    if not isinstance(operation, keras.Model) or not isinstance(operation, keras.Function):
        return None
    author = next(cls for cls in type(operation).__mro__ if "call" in vars(cls))
    return operation if keras.Function in author.__bases__ else None


def _append(graph: Graph, model, tensors: dict[int, Value], parents: tuple[str, ...], training: bool | None) -> None:
    """Appends the steps of `model`, whose inputs `tensors` knows, and enters all its tensors into `tensors`."""
    for node in _nodes(model.outputs, tensors):
        args, kwargs = node.arguments.fill_in(tensors)
        nested = as_functional(node.operation)
        inner = None if nested is None else _nested_inputs(graph, nested, args, kwargs)
        if nested is not None and inner is not None:
            graph.flat = False
            path = (*parents, node.operation.name)
            _append(graph, nested, inner, path, training if training is not None else kwargs.get("training"))
            outputs = [inner[id(tensor)] for tensor in nested.outputs]
        else:
            outputs = [graph.value(tensor) for tensor in node.outputs]
            if training is not None and "training" in inspect.signature(node.operation.call).parameters:
                kwargs = {**kwargs, "training": training}
            graph.steps.append(Step(node.operation, parents, tuple(args), dict(kwargs), outputs))
        tensors.update((id(tensor), value) for tensor, value in zip(node.outputs, outputs, strict=True))


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
            graph.steps.append(Step(partial(keras.ops.cast, dtype=tensor.dtype), (), (value,), {}, [cast]))
            value = cast
        inner[id(tensor)] = value
    return inner


def _output(graph: Graph, tensor, tensors: dict[int, Value]) -> Value:
    """The value of a model's output. One that a nested model makes keeps that name, which losses may go by."""
    operation, value = tensor._keras_history.operation, tensors[id(tensor)]
    if as_functional(operation) is None:
        return value
    named = graph.value(tensor)
    identity = keras.layers.Identity(dtype=value.dtype, name=operation.name)
    graph.steps.append(Step(identity, (), (value,), {}, [named]))
    return named


def _name(graph: Graph) -> None:
    """One name per operation, unique in the graph and none that an input, the attention or the scheme takes."""
    operations = {id(step.operation): step for step in graph.steps if isinstance(step.operation, keras.Operation)}
    used = Counter(step.operation.name for step in operations.values())
    taken = {"scheme", *(tensor._keras_history.operation.name for tensor in graph.model.inputs)}
    names: dict[int, str] = {}
    for key, step in operations.items():
        name = step.operation.name
        if step.parents and (used[name] > 1 or name in taken):
            name = "_".join((*step.parents, name))
        if RESERVED.fullmatch(name):
            name = f"inner_{name}"
        names[key] = unique(name, taken)
        taken.add(names[key])
    for step in graph.steps:
        step.name = names.get(id(step.operation), "")


def unique(name: str, taken: Collection[str]) -> str:
    """`name`, or `name_1`, `name_2` … where it is taken."""
    choices = (name if number == 0 else f"{name}_{number}" for number in range(len(taken) + 1))
    return next(choice for choice in choices if choice not in taken)
