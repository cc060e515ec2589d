"""How long a gate takes by itself, which is what folding it saves."""

from collections.abc import Sequence
from functools import partial

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
    generator = np.random.default_rng(0)
    calls = {}
    for key, place in zip(keys, places, strict=True):
        height, width, _ = place.shape
        if key not in calls and height is not None and width is not None:
            x = generator.normal(size=(batch_size, height, width, place.channels)).astype("float32")
            calls[key] = partial(backend.compiled(_alone(graph, place)), ops.convert_to_tensor(x))
    times = interleaved(calls, rounds)
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
