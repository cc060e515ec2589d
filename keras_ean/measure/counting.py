"""Counting what a model's layers compute, by running their calls on symbolic tensors of one image.

Every layer's own `call` is taken apart into Keras's operations, on whichever backend, and each of these has a rule
(`keras_ean.measure.flop_rules`). No tensor is computed, nothing is compiled, and the model is left as it was.
"""

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import keras

from keras_ean.attention import Attention
from keras_ean.graph.composite import recorded
from keras_ean.graph.graph import Graph, Step
from keras_ean.graph.reading import read_graph
from keras_ean.measure.flop_rules import operations

CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer, or of an operation between layers, for one image.

    Attributes:
        step: The step in the model's graph, in which nested models are flattened.
        flops: The number of floating-point operations.
        outputs: The shape and the type of every tensor that it gives.
        unknown: Class names of what is inside and could not be taken apart, or has no rule; it is counted as one
            operation for each value that it gives.
    """

    step: Step
    flops: int
    outputs: tuple[tuple[tuple[int, ...], str], ...]
    unknown: tuple[str, ...]


@dataclass
class Tally:
    """What has been counted so far."""

    flops: int = 0
    unknown: list[str] = field(default_factory=list)


def count(model: keras.Model) -> tuple[Graph, list[Call]]:
    """Reads the model's graph, and counts its calls in the order in which they run.

    Args:
        model: A functional or Sequential model whose inputs' sizes are all known.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed or unbuilt, or a size of its inputs is open.
    """
    graph = read_graph(model, whole=(keras.layers.Layer,))
    if any(None in value.shape[1:] for value in keras.tree.flatten(graph.inputs)):
        shapes = [tuple(value.shape[1:]) for value in keras.tree.flatten(graph.inputs)]
        raise ValueError(
            f"What {model.name!r} computes depends on the size of its images, which it leaves open: {shapes}. Build it "
            "for one size, as keras.Input((224, 224, 3))."
        )
    inputs = [keras.KerasTensor((1, *value.shape[1:]), value.dtype) for value in keras.tree.flatten(graph.inputs)]
    calls: list[Call] = []
    steps = iter(graph.steps)

    def counting(operation: Any, name: str) -> Callable:
        def call(*args, **kwargs):
            tally, step = Tally(), next(steps)
            if isinstance(operation, Attention):
                args, kwargs = (), _with_state(operation, args, kwargs)
            given = _call(operation, args, kwargs, tally)
            shapes = tuple((tuple(leaf.shape), str(leaf.dtype)) for leaf in keras.tree.flatten(given))
            calls.append(Call(step, tally.flops, shapes, tuple(dict.fromkeys(tally.unknown))))
            return given

        return call

    with unnoticed(model), weights_yield(), keras.StatelessScope(collect_losses=True):
        graph.run(inputs, copy=counting)
    return graph, calls


@contextmanager
def unnoticed(model: keras.Model) -> Iterator[None]:
    """Inside, calls on symbolic tensors leave no trace in the model's layers, which Keras would note."""
    nodes = [calls for layer in model._flatten_layers() for calls in (layer._inbound_nodes, layer._outbound_nodes)]
    lengths = [len(calls) for calls in nodes]
    try:
        yield
    finally:
        for calls, length in zip(nodes, lengths, strict=True):
            del calls[length:]


@contextmanager
def weights_yield() -> Iterator[None]:
    """Inside, `weight * x` with a symbolic x is recorded as `x * weight` is: Keras asks the weight first, which would
    multiply by the backend's own operation; and so would an array of JAX, for which a symbolic tensor has a refusal."""
    names = ("__add__", "__sub__", "__mul__", "__truediv__", "__floordiv__", "__mod__", "__pow__", "__matmul__")

    def yielding(operator: Callable) -> Callable:
        @wraps(operator)
        def call(weight, other):
            return NotImplemented if isinstance(other, keras.KerasTensor) else operator(weight, other)

        return call

    own = {name: vars(keras.Variable)[name] for name in names if name in vars(keras.Variable)}
    refusal = vars(keras.KerasTensor).get("__jax_array__")
    for name in names:
        setattr(keras.Variable, name, yielding(getattr(keras.Variable, name)))
    if refusal is not None:
        del keras.KerasTensor.__jax_array__
    try:
        yield
    finally:
        if refusal is not None:
            keras.KerasTensor.__jax_array__ = refusal
        for name in names:
            delattr(keras.Variable, name)
        for name, operator in own.items():
            setattr(keras.Variable, name, operator)


def _with_state(module: Attention, args, kwargs) -> dict[str, Any]:
    """The arguments of a call, with a symbolic state where a stage begins: what a module computes from its first state
    is no constant to whoever runs it."""
    given = inspect.signature(module.call).bind(*args, **kwargs).arguments
    if given.get("state") is None:
        shapes = module.state_shapes(given["x"].shape)
        given["state"] = tuple(keras.KerasTensor(shape, module.compute_dtype) for shape in shapes)
    return given


def _call(operation: Any, args, kwargs, tally: Tally):
    """What the call gives, as new symbolic tensors; what it computes is added to the tally."""
    outputs = operation(*_fresh(args), **_fresh(kwargs))
    if isinstance(operation, keras.layers.Layer):
        _open(operation, args, kwargs, outputs, tally)
    else:
        _add(_nodes(outputs), tally)
    return _fresh(outputs)


def _open(layer: keras.layers.Layer, args, kwargs, outputs, tally: Tally) -> None:
    """Adds what is inside a layer, or one operation per value of its outputs where that cannot be seen."""
    inside = Tally()
    if isinstance(layer, CONVOLUTIONS) and layer.groups > 1:
        tally.flops += _grouped(layer, math.prod(outputs.shape))
        return
    try:
        with recorded(layer) as given:
            layer(*_fresh(args), **_fresh(kwargs))
            _add(_nodes(given), inside)
    except Exception:  # Foreign code may raise anything on symbolic tensors.
        values = sum(math.prod(leaf.shape) for leaf in keras.tree.flatten(outputs))
        inside = Tally(values, [type(layer).__name__])
    tally.flops += inside.flops
    tally.unknown += inside.unknown


def _grouped(layer, values: int) -> int:
    """Of a convolution in groups, which Keras refuses to run on symbolic tensors."""
    activation = layer.activation is not keras.activations.linear
    return values * (2 * math.prod(layer.kernel.shape[:-1]) + bool(layer.use_bias) + activation)


def _add(nodes: list, tally: Tally) -> None:
    for node in nodes:
        operation, arguments = node.operation, node.arguments
        if isinstance(operation, keras.layers.Layer):
            [*outputs] = node.outputs
            _open(operation, arguments.args, arguments.kwargs, outputs if len(outputs) > 1 else outputs[0], tally)
            continue
        shapes = [tuple(leaf.shape) for leaf in keras.tree.flatten((arguments.args, arguments.kwargs)) if _sized(leaf)]
        outputs = [tuple(leaf.shape) for leaf in node.outputs]
        found = operations(operation, shapes, outputs)
        if found is None:
            tally.unknown.append(type(operation).__name__)
            found = sum(map(math.prod, outputs))
        tally.flops += found


def _sized(leaf) -> bool:
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype")


def _nodes(outputs) -> list:
    """The recorded calls that lead to symbolic tensors, back to those that no call has made."""
    found: dict[int, Any] = {}
    stack = [leaf for leaf in keras.tree.flatten(outputs) if isinstance(leaf, keras.KerasTensor)]
    while stack:
        history = stack.pop()._keras_history
        if history.operation is None:
            continue
        node = history.operation._inbound_nodes[history.node_index]
        if id(node) not in found:
            found[id(node)] = node
            stack += node.input_tensors
    return list(found.values())


def _fresh(structure):
    """The same structure with symbolic tensors that no call has made."""
    return keras.tree.map_structure(
        lambda leaf: keras.KerasTensor(leaf.shape, leaf.dtype) if isinstance(leaf, keras.KerasTensor) else leaf,
        structure,
    )
