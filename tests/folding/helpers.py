"""Folding held against a forward pass with the gates held at their means."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_ean.folding.finding import find_places, read_gated
from keras_ean.folding.measured import Measured, Statistics, statistics
from keras_ean.folding.rewriting import Rewriting
from keras_ean.testing.running import run


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def assert_exact(
    network: keras.Model, images, held: Sequence[int] | None = None
) -> tuple[keras.Model, list[str | None], list[Statistics]]:
    """Folding gates, by default all, is holding them at their means, and the network itself stays as it was.

    Returns:
        The folded network, where each constant went, and the gates' statistics.
    """
    graph, functional = read_gated(network)
    gates = find_places(graph, network.name)
    held = range(len(gates)) if held is None else held
    measured = Measured(graph, gates, functional.input)
    before, seen = run(measured, images)
    found = [statistics(np.asarray(values, "float64")) for values in seen]
    measured.hold([one.mean for one in found], held)
    constant, _ = run(measured, images)
    rewriting = Rewriting(graph, {gates[index]: found[index].mean for index in held})
    folded = rewriting.network(functional, "folded")
    assert_close(run(folded, images), constant)
    assert_close(run(network, images), before)
    assert not np.array_equal(before, constant)
    return folded, list(rewriting.into.values()), found
