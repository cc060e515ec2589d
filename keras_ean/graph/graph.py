"""A graph of layers and operations as a plain list of steps that can be run anew."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from keras_ean.graph.copying import copy_operation


@dataclass(eq=False)
class Value:
    """A tensor of the graph: its number, its shape with the batch, its dtype."""

    number: int
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(eq=False)
class Step:
    """One call of an operation.

    Attributes:
        operation: A layer, another Keras operation, or a function.
        parents: The models and layers around the operation, the outermost first.
        args, kwargs: The arguments of the call, with a `Value` for every tensor.
        outputs: The values that the call gives.
        name: The name of the operation in the flattened graph.
    """

    operation: Any
    parents: tuple[keras.layers.Layer, ...]
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
        inputs, outputs: The structures of the model's inputs and outputs, with a `Value` for every tensor.
        steps: The calls; several steps have the same operation where a layer or a nested model is shared.
        values: All tensors of the graph.
        flat: Whether `keras.Model` on the steps has the same layers as the model had.
        closed: The reasons why layers made of layers could not be looked into, by name.
    """

    inputs: Any = None
    outputs: Any = None
    steps: list[Step] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    flat: bool = True
    closed: dict[str, str] = field(default_factory=dict)

    def value(self, tensor) -> Value:
        """A new value like `tensor`, which has a shape and a dtype."""
        value = Value(len(self.values), tuple(tensor.shape), str(tensor.dtype))
        self.values.append(value)
        return value

    @property
    def layers(self) -> dict[str, keras.layers.Layer]:
        """The layers by their name in the flattened graph."""
        return {step.name: step.operation for step in self.steps if isinstance(step.operation, keras.layers.Layer)}

    def add(self, operation, parents, args, kwargs: dict, outputs: list[Value], training: bool | None = None) -> None:
        """Appends a step. `training` is what the call around it fixes, None if nothing."""
        if training is not None and isinstance(operation, keras.layers.Layer):
            takes_training = "training" in inspect.signature(operation.call).parameters
            kwargs = {**kwargs, "training": training} if takes_training else kwargs
        self.steps.append(Step(operation, tuple(parents), tuple(args), dict(kwargs), outputs))

    def insert(self, other: "Graph", inputs: Sequence[Value], parents: Sequence, training: bool | None) -> list[Value]:
        """Appends the steps of `other`, run on `inputs`, and returns its outputs, flat."""
        values = dict(zip(keras.tree.flatten(other.inputs), inputs, strict=True))
        for step in other.steps:
            args, kwargs = replaced((step.args, step.kwargs), values)
            values.update((value, self.value(value)) for value in step.outputs)
            outputs = [values[value] for value in step.outputs]
            self.add(step.operation, (*parents, *step.parents), args, kwargs, outputs, training)
        return [values[value] for value in keras.tree.flatten(other.outputs)]

    def leave_out_unused(self) -> None:
        """Drops the steps that lead to no output, such as what is behind the layer of a nested model that is used."""
        needed, kept = set(keras.tree.flatten(self.outputs)), []
        for step in reversed(self.steps):
            if needed & set(step.outputs):
                needed |= set(step.inputs)
                kept.append(step)
        self.steps = kept[::-1]

    def find_sizes(self) -> None:
        """Works out the shapes that are open only because a nested model was built for any size and is called on one,
        so that they are those of a copy. Where an operation does not tell, shapes stay open."""
        known = keras.tree.flatten(self.inputs)
        if any(None in value.shape[1:] for value in known):
            return
        for step in self.steps:
            if not any(None in value.shape[1:] for value in step.outputs):
                continue
            given = {value: keras.KerasTensor(value.shape, value.dtype) for value in step.inputs}
            args, kwargs = replaced((step.args, step.kwargs), given)
            try:
                found = keras.tree.flatten(step.operation.compute_output_spec(*args, **kwargs))
            except Exception:  # The operation may be anybody's.
                continue
            for value, spec in zip(step.outputs, found, strict=True):
                value.shape = tuple(spec.shape)

    def run(self, inputs, rewrite: Callable | None = None, copy: Callable = copy_operation):
        """The outputs for `inputs`, through `copy(operation, name)` of each operation.

        `rewrite(step, value, tensor) -> tensor` may replace a tensor on its way into a step (`value` is one of its
        inputs) or out of it (one of its outputs).
        """
        rewrite = rewrite or (lambda step, value, tensor: tensor)
        tensors = dict(zip(keras.tree.flatten(self.inputs), keras.tree.flatten(inputs), strict=True))
        copies: dict[int, Callable] = {}
        for step in self.steps:
            key = id(step.operation)
            if key not in copies:
                copies[key] = copy(step.operation, step.name)
            fed = {value: rewrite(step, value, tensors[value]) for value in dict.fromkeys(step.inputs)}
            args, kwargs = replaced((step.args, step.kwargs), fed)
            produced = keras.tree.flatten(copies[key](*args, **kwargs))
            tensors.update(
                (value, rewrite(step, value, tensor)) for value, tensor in zip(step.outputs, produced, strict=True)
            )
        return keras.tree.map_structure(lambda value: tensors[value], self.outputs)


def replaced(structure, values: Mapping[Value, Any]):
    """A structure with the values in it replaced."""
    return keras.tree.map_structure(lambda leaf: values[leaf] if isinstance(leaf, Value) else leaf, structure)
