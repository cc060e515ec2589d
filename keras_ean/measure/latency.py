"""Inference time, networks taken in turns so that a drifting machine wrongs none of them."""

import time
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, TypeVar

import keras
import numpy as np
from keras import ops

from keras_ean import backend

ROUNDS, UNCOUNTED = 30, 2
"""Calls of each network that are timed, and those before them."""
Name = TypeVar("Name", bound=Hashable)


def latencies(
    networks: Mapping[str, keras.Model], images, batch_size: int = 64, rounds: int = ROUNDS
) -> dict[str, tuple[float, float]]:
    """Times the inference of networks in turns: for each, the median time of one batch and its interquartile range, in
    milliseconds.

    Args:
        networks: The networks by name; all take the same images.
        images: At least one image, (images, height, width, channels), or a structure of such arrays for several inputs;
            they are repeated to fill a batch.
        batch_size: The number of images per call.
        rounds: The number of timed calls of each network, after two that are not counted.
    """

    def repeated(images):
        images = np.asarray(images, "float32")
        return ops.convert_to_tensor(np.resize(images, (batch_size, *images.shape[1:])))

    batch = keras.tree.map_structure(repeated, images)
    calls = {name: backend.compiled(partial(network, training=False)) for name, network in networks.items()}
    return interleaved({name: partial(call, batch) for name, call in calls.items()}, rounds)


def interleaved(calls: Mapping[Name, Callable[[], Any]], rounds: int) -> dict[Name, tuple[float, float]]:
    """Times calls in turns, so that a machine that slows down slows all of them: gives the median and the interquartile
    range of each, in milliseconds.

    Args:
        calls: The functions to call, without arguments, by name; their results are read as arrays, so that the work is
            done.
        rounds: The number of timed calls of each, after two that are not counted.
    """
    times: dict[Name, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + UNCOUNTED):
        for name, call in calls.items():
            start = time.perf_counter()
            keras.tree.map_structure(ops.convert_to_numpy, call())
            if turn >= UNCOUNTED:
                times[name].append(1000 * (time.perf_counter() - start))
    found = {}
    for name, values in times.items():
        low, median, high = np.percentile(values, (25, 50, 75))
        found[name] = float(median), float(high - low)
    return found
