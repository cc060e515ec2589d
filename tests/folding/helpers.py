"""Folding against a forward pass with the gates held at the same constants."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_ean.folding.affine import Affine
from keras_ean.folding.finding import find_places, read_gated
from keras_ean.folding.measured import Measured, Statistics, statistics
from keras_ean.folding.rewriting import Rewriting
from keras_ean.testing.running import run


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def drawn(mean: Affine) -> Affine:
    """Constants that are far from the means, so that networks whose gates vary little show them too."""
    generator, channels = np.random.default_rng(0), len(mean.scale)
    shift = generator.normal(size=channels) if mean.shifts else np.zeros(channels)
    return Affine(generator.uniform(0.3, 2, channels), shift)


def assert_exact(
    network: keras.Model, images, held: Sequence[int] | None = None
) -> tuple[keras.Model, list[str | None], list[Statistics]]:
    """Folding gates, by default all, at any constants is holding them there, and the network stays as it was.

    Returns:
        The folded network, where each constant went, and the gates' statistics.
    """
    graph, functional = read_gated(network)
    gates = find_places(graph, network.name)
    held = range(len(gates)) if held is None else held
    measured = Measured(graph, gates, functional.input)
    before, seen = run(measured, images)
    found = [statistics(np.asarray(values, "float64")) for values in seen]
    constants = {index: drawn(found[index].mean) for index in held}
    measured.hold(constants)
    constant, _ = run(measured, images)
    rewriting = Rewriting(graph, {gates[index]: constants[index] for index in held})
    folded = rewriting.network(functional, "folded")
    assert_close(run(folded, images), constant)
    assert_close(run(network, images), before)
    assert not np.allclose(before, constant, rtol=1e-3, atol=1e-3 * np.abs(before).max())
    return folded, list(rewriting.into.values()), found
