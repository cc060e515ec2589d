"""Names of the operations of a flattened graph."""

import re
from collections import Counter
from collections.abc import Callable, Collection

import keras

from keras_ean.graph.graph import Graph


def name_steps(graph: Graph, taken: Collection[str], reserved: Callable[[str], object]) -> None:
    """One name per operation, unique in the graph and none of those `taken` and `reserved`.

    An operation keeps its name unless another one has it, and is prefixed with its parents' names then. One that
    Keras has numbered inside a layer ("conv2d_7") is called after that layer.
    """
    taken = set(taken)
    operations = {id(step.operation): step for step in graph.steps if isinstance(step.operation, keras.Operation)}
    labels = {key: label((*step.parents, step.operation)) for key, step in operations.items()}
    used = Counter(labels.values())
    names: dict[int, str] = {}
    for key, step in operations.items():
        name = labels[key]
        if step.parents and name == step.operation.name and (used[name] > 1 or name in taken):
            name = "_".join((*(parent.name for parent in step.parents), name))
        if reserved(name):
            name = f"inner_{name}"
        names[key] = unique(name, taken)
        taken.add(names[key])
    for step in graph.steps:
        step.name = names.get(id(step.operation), "")


def label(path: tuple) -> str:
    """The name of the last operation of `path`, or one after the layer around it if Keras has only numbered it."""
    *parents, operation = path
    kind = snake(type(operation).__name__)
    inside_layer = parents and not isinstance(parents[-1], keras.Function | keras.Sequential)
    if inside_layer and re.fullmatch(rf"{kind}(_\d+)?", operation.name):
        return f"{label(tuple(parents))}_{kind}"
    return operation.name


def snake(name: str) -> str:
    """A class name as Keras turns it into the names of its instances: "Conv2D" → "conv2d"."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def unique(name: str, taken: Collection[str]) -> str:
    """`name`, or `name_1`, `name_2` … where it is taken."""
    choices = (name if number == 0 else f"{name}_{number}" for number in range(len(taken) + 1))
    return next(choice for choice in choices if choice not in taken)
