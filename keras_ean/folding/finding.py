"""Finding the gates of a model: attention modules of this package, and multiplications in other people's models."""

import keras

from keras_ean.attention import Attention, Choice
from keras_ean.attention.wrapper import Wrapper
from keras_ean.folding.gate_place import GatePlace, Gates
from keras_ean.graph.graph import Graph, Step, Value
from keras_ean.graph.naming import unique
from keras_ean.graph.reading import as_functional, read_graph
from keras_ean.graph.residual import is_map
from keras_ean.supernet.supernet import Supernet


def find_gates(model: keras.Model) -> Gates:
    """Finds the gates of a model, in the order in which they run; each call of a shared module counts as one.

    A gate is an attention module of this package, or the multiplication of a map, (batch, height, width, channels), by
    something computed from the same map. That is either one value per channel, (batch, 1, 1, channels), or (batch,
    channels), which the layer `Multiply` takes too: squeeze-and-excitation, as in MobileNetV3 and EfficientNet of
    keras.applications, in KerasHub, or written by hand. Or it is one value per position, (batch, height, width, 1): a
    spatial gate, as in CBAM.

    Args:
        model: A functional or Sequential model; nested models, and layers made of layers, are searched too.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is a supernet, or is subclassed or unbuilt.

    Example:
        >>> from keras_ean import build_network
        >>> print(find_gates(build_network("resnet8", "se", "101", (8, 8, 1), classes=10)))
        gate               kind  after                  map
        ─────────────────  ────  ─────────────────────  ──────
        stage_0_attention  SE    stage_0_block_0_norm2  8×8×16
        stage_2_attention  SE    stage_2_block_0_norm2  2×2×64
        2 gates in network
    """
    graph, _ = read_gated(model)
    return find_places(graph, model.name)


def read_gated(model: keras.Model) -> tuple[Graph, keras.Model]:
    """The model's graph, in which layers are taken apart if a gate is inside, and the functional model that it is of.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is a supernet, or is subclassed or unbuilt.
    """
    if isinstance(model, Supernet):
        raise ValueError(
            "A supernet is not folded, since its gates serve all schemes: extract the network of a scheme first, "
            "supernet.extract(scheme)."
        )
    graph = read_graph(model, whole=(Attention,), pays=lambda graph: bool(_multiplied(graph)))
    functional = as_functional(model)
    assert functional is not None, "read_graph refuses other models."
    return graph, functional


def find_places(graph: Graph, model: str) -> Gates:
    """Does what `find_gates` does, for a graph that has been read already."""
    makers = {value: step for step in graph.steps for value in step.outputs}
    pairs = {id(step): (x, factor) for step, x, factor in _multiplied(graph)}
    modules = {id(step): (step.args[0], None) for step in graph.steps if _is_module(step)}
    found = pairs | modules
    places: list[GatePlace] = []
    for step in graph.steps:
        if id(step) in found:
            x, factor = found[id(step)]
            name = unique(called(step), [place.name for place in places])
            after = makers[x].name if x in makers else "the input"
            places.append(GatePlace(name, _kind(step, factor), after, x.shape[1:], step, x, factor))
    return Gates(places, model)


def gates_of(graph: Graph, model: str) -> Gates:
    """The gates of `find_places`; ValueError if there are none."""
    gates = find_places(graph, model)
    if not gates:
        raise ValueError(
            f"{model!r} has no gates to fold: no attention module of this package, and no multiplication of a map "
            "(batch, height, width, channels) by one value per channel or position that is computed from the map."
        )
    return gates


def called(step: Step) -> str:
    """The name of a gate's layer, and of the calling block where a module serves several."""
    if not isinstance(step.operation, Attention) or len(step.operation.places) == 1:
        return step.name
    return f"{step.name}/{_place(step)}"


def _kind(step: Step, factor: Value | None) -> str:
    if factor is not None:
        return "squeeze-and-excitation" if _as_map(factor.shape)[1:3] == (1, 1) else "spatial gate"
    module = step.operation
    while isinstance(module, Choice | Wrapper):
        module = module.members[str(_place(step) % module.per_block)] if isinstance(module, Choice) else module.module
    return type(module).__name__


def _place(step: Step) -> int:
    """The place that calls an attention module."""
    return step.kwargs.get("place", step.operation.places[0])


def _is_module(step: Step) -> bool:
    """Whether it calls an attention module without a mask."""
    masked = step.kwargs.get("connected", step.args[2] if len(step.args) > 2 else None) is not None
    return isinstance(step.operation, Attention) and not masked


def _multiplied(graph: Graph) -> list[tuple[Step, Value, Value]]:
    """(step, map, gate) of the multiplications of a map by what is computed from it, as `find_gates` tells."""
    makers = {value: step for step in graph.steps for value in step.outputs}
    found = []
    for step in graph.steps:
        # The operation behind `a * b` has no public name; its class is called as the layer's is.
        if type(step.operation).__name__ == "Multiply" and len(step.inputs) == 2:
            widens = isinstance(step.operation, keras.layers.Multiply)
            for x, factor in (step.inputs, step.inputs[::-1]):
                if _is_gate(x, _as_map(factor.shape) if widens else factor.shape) and _is_pooled(x, factor, makers):
                    found.append((step, x, factor))
    return found


def _is_pooled(x: Value, factor: Value, makers: dict[Value, Step]) -> bool:
    """Whether `factor` is computed from `x`; of a map of one position, by what is called pooling."""
    values = cone(factor, makers, x)
    kinds = [type(makers[value].operation).__name__ for value in values - {x} if value in makers]
    return x in values and (x.shape[1:3] != (1, 1) or any("Pooling" in kind or kind == "Mean" for kind in kinds))


def _as_map(shape: tuple) -> tuple:
    """The shape, in which the layer Multiply puts the axes that are missing after the batch."""
    return (*shape[:1], *(1,) * (4 - len(shape)), *shape[1:])


def _is_gate(x: Value, shape: tuple) -> bool:
    """Whether it is the shape of one value per channel, or per position; not that of a map of its own, as in swish."""
    if not is_map(x) or len(shape) != 4 or x.shape[-1] is None:
        return False
    if shape[1:3] == (1, 1):
        return shape[3] in (1, x.shape[-1])
    return shape[1:] == (*x.shape[1:3], 1) and x.shape[-1] > 1


def cone(end: Value, makers: dict[Value, Step], start: Value) -> set[Value]:
    """What `end` is computed from, not followed beyond `start`."""
    seen, stack = {end}, [end]
    while stack:
        value = stack.pop()
        if value is not start and value in makers:
            new = set(makers[value].inputs) - seen
            seen |= new
            stack.extend(new)
    return seen
