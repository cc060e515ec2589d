"""How long a gate takes by itself, which is what folding it saves."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.folding.finding import cone
from keras_ean.folding.gate_place import GatePlace
from keras_ean.graph.graph import Graph
from keras_ean.measure.latency import interleaved


def gate_milliseconds(graph: Graph, places: Sequence[GatePlace], batch_size: int, rounds: int) -> list[float | None]:
    """Median time from map to gated map, for a batch of random maps; None where the size of the map is open.

    Gates of one kind on maps of one shape are timed once, all in turns.
    """
    keys = [(place.kind, place.shape) for place in places]
    chosen = {key: place for key, place in zip(keys, places, strict=True) if None not in place.shape}
    calls = {key: backend.compiled(_alone(graph, place)) for key, place in chosen.items()}
    generator = np.random.default_rng(0)
    maps = {
        key: ops.convert_to_tensor(generator.normal(size=(batch_size, *place.shape)).astype("float32"))
        for key, place in chosen.items()
    }
    times = interleaved({key: (lambda call=call, x=maps[key]: call(x)) for key, call in calls.items()}, rounds)
    return [times[key][0] if key in times else None for key in keys]


def _alone(graph: Graph, place: GatePlace):
    """The gate as a function of the map."""
    if place.factor is None:
        return lambda x: place.step.operation(ops.cast(x, place.x.dtype), place=place.step.kwargs.get("place"))[0]
    makers = {value: step for step in graph.steps for value in step.outputs}
    needed = cone(place.factor, makers, place.x)
    steps = [step for step in graph.steps if needed & set(step.outputs) and place.x not in step.outputs]
    alone = Graph([place.x], [place.y], [*steps, place.step])

    def call(x):
        return alone.run([ops.cast(x, place.x.dtype)], copy=lambda operation, name: operation)[0]

    return call
