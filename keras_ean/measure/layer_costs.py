"""What a network costs layer by layer and block by block."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

from keras_ean import layer_names
from keras_ean.attention import Attention
from keras_ean.graph.graph import Graph, Step, Value
from keras_ean.graph.residual import find_branches
from keras_ean.measure.counting import Call, count

VIEWS = (
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Identity,
    keras.layers.Reshape,
    keras.layers.SpatialDropout2D,
)
"""Give the tensor that they are given, in inference."""


@dataclass(frozen=True)
class LayerCost:
    """Tells what one call of a layer, or of an operation between layers, costs for one image in inference.

    Attributes:
        layer: The name of the layer; of an operation between layers its class.
        kind: The name of the class.
        block: The name of the residual block that it is in; None outside of blocks.
        attention: Whether it is an attention module of this package.
        parameters: The number of trainable parameters; 0 where a shared layer was counted before.
        flops: The number of floating-point operations.
        activations: The bytes of what it gives; 0 where that is the tensor that it was given.
        shape: The shape of its first output, without the batch.
        unknown: The operations in it that no rule knows, each counted as one operation for each value that it gives.
    """

    layer: str
    kind: str
    block: str | None
    attention: bool
    parameters: int
    flops: int
    activations: int
    shape: tuple[int, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class BlockCost:
    """Adds up the layers of one residual block; `block` is None for all that is in none.

    Attributes:
        flops, parameters: The floating-point operations and the trainable parameters of all its layers.
        attention_flops: The floating-point operations of its attention module.
        activations: The bytes of what its layers give.
    """

    block: str | None
    parameters: int
    flops: int
    attention_flops: int
    activations: int


def layer_costs(model: keras.Model) -> tuple[list[LayerCost], int]:
    """Lists every call in the order in which they run, and tells the most bytes that are needed at once.

    The latter is of inference on one image with every tensor between layers freed after its last use; what a layer
    needs inside is not in it.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed or unbuilt, or a size of its inputs is open.
    """
    graph, calls = count(model)
    blocks, seen, found = _blocks(graph), set(), []
    for call in calls:
        operation = call.step.operation
        parameters = 0
        if isinstance(operation, keras.layers.Layer) and id(operation) not in seen:
            seen.add(id(operation))
            parameters = sum(math.prod(weight.shape) for weight in operation.trainable_variables)
        kind = type(operation).__name__ if isinstance(operation, keras.Operation) else "Cast"
        found.append(
            LayerCost(
                call.step.name or kind,
                kind,
                blocks.get(id(call.step)),
                isinstance(operation, Attention),
                parameters,
                call.flops,
                0 if isinstance(operation, VIEWS) else sum(_sizes(call)),
                call.outputs[0][0][1:],
                call.unknown,
            )
        )
    return found, _peak(graph, calls)


def by_block(layers: Sequence[LayerCost]) -> list[BlockCost]:
    """Sums of the blocks in the order in which they run, and last of what is outside of them."""
    names = dict.fromkeys(layer.block for layer in layers)
    rows = []
    for name in sorted(names, key=lambda name: name is None):
        own = [layer for layer in layers if layer.block == name]
        attention = sum(layer.flops for layer in own if layer.attention)
        sums = (sum(getattr(layer, what) for layer in own) for what in ("parameters", "flops", "activations"))
        parameters, flops, activations = sums
        rows.append(BlockCost(name, parameters, flops, attention, activations))
    return rows


def _blocks(graph: Graph) -> Mapping[int, str]:
    """The block of each step that is in one, by its id: as its name tells, else up to the addition that ends it."""
    named = {id(step): found for step in graph.steps if (found := layer_names.block_of(step.name))}
    if not named:
        return _up_to_additions(graph)
    order = sorted(set(named.values()))
    blocks = {key: layer_names.block(*place) for key, place in named.items()}
    for step in graph.steps:
        if isinstance(step.operation, Attention):
            place = step.kwargs.get("place", step.operation.places[0])
            blocks[id(step)] = layer_names.block(*order[place // step.operation.per_block])
    return blocks


def _up_to_additions(graph: Graph) -> dict[int, str]:
    """What a residual addition is computed from, back to where the paths to its addends part."""
    makers = {value: step for step in graph.steps for value in step.outputs}
    blocks: dict[int, str] = {}
    for branch in find_branches(graph):
        stack = [branch.addition]
        while stack:
            step = stack.pop()
            if id(step) not in blocks:
                blocks[id(step)] = branch.addition.name
                stack += [makers[value] for value in step.inputs if value in makers and value.number != branch.start]
    return blocks


def _sizes(call: Call) -> list[int]:
    return [_bytes(shape, dtype) for shape, dtype in call.outputs]


def _bytes(shape: Sequence[int], dtype: str) -> int:
    bits = re.search(r"\d+", dtype)
    return math.prod(shape) * (int(bits[0]) if bits else 8) // 8


def _peak(graph: Graph, calls: Sequence[Call]) -> int:
    outputs = keras.tree.flatten(graph.outputs)
    last: dict[Value, Step | None] = {value: call.step for call in calls for value in call.step.inputs}
    last |= dict.fromkeys(outputs)
    alive = {value: _bytes(value.shape[1:], value.dtype) for value in keras.tree.flatten(graph.inputs)}
    peak = sum(alive.values())
    for call in calls:
        alive.update(zip(call.step.outputs, _sizes(call), strict=True))
        if not isinstance(call.step.operation, VIEWS):
            peak = max(peak, sum(alive.values()))
        for value in {*call.step.inputs, *call.step.outputs}:
            if last.get(value, call.step) is call.step:
                alive.pop(value, None)
    return peak
