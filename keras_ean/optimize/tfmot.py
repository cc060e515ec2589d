"""The one adapter to tensorflow-model-optimization 0.8, whose public functions refuse Keras 3.

Its schedules, masks and centroids work on plain tensors, and are what this file hands out. They live in modules that
are not public; `tests/optimize/test_tfmot.py` holds the contract. Importing it has side effects: it sets
TF_USE_LEGACY_KERAS, which turns `tf.keras` into tf_keras in this process and in its children. They are contained here.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from keras_ean.registry import look_up, unknown

VARIABLE = "TF_USE_LEGACY_KERAS"


@contextmanager
def contained() -> Iterator[None]:
    """Imports inside the block leave the environment and `tf.keras` as they are."""
    import tensorflow as tf

    # tf.keras is resolved at its first use, by the variable: so use it before the variable changes.
    _ = tf.keras.layers
    before = os.environ.get(VARIABLE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before


def schedule(name: str, sparsity: float, begin: int, end: int, initial: float = 0.0):
    """tfmot's schedule object.

    Args:
        name: The name of the schedule: "polynomial" (cubic, arXiv 1710.01878) or "constant".
        sparsity: The share of zeros at `end`.
        begin: The first step with zeros.
        end: The first step with all of them.
        initial: The share of zeros at `begin`, for "polynomial".

    Raises:
        ValueError: The name is not known, the sparsity is outside 0 … 1, or the steps are in the wrong order.
    """
    with contained():
        from tensorflow_model_optimization.python.core.sparsity.keras import pruning_schedule
    if name == "polynomial":
        return pruning_schedule.PolynomialDecay(initial, sparsity, begin, end)
    if name == "constant":
        return pruning_schedule.ConstantSparsity(sparsity, begin, end)
    raise ValueError(unknown("pruning schedule", name, ("constant", "polynomial")))


def mask(
    kernel: np.ndarray, schedule, step: int, block: tuple[int, int] = (1, 1), zeros_of: tuple[int, int] | None = None
) -> np.ndarray:
    """1 where a kernel's weights are kept at `step`, 0 elsewhere, of the kernel's shape.

    Args:
        block: The rows and columns that are kept or dropped together, by their average magnitude; for kernels of two
            dimensions.
        zeros_of: (2, 4) drops the two smallest of four neighbours along the input channels, whatever the schedule says.
    """
    import tensorflow as tf

    with contained():
        from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl
    pruning = pruning_impl.Pruning(lambda: tf.constant(step), [], schedule, block, "AVG", zeros_of)
    return np.asarray(pruning._maybe_update_block_mask(tf.constant(kernel))[1])


def cluster(values: np.ndarray, clusters: int, initializer: str) -> tuple[np.ndarray, np.ndarray]:
    """Centroids, (clusters,), and the index of the nearest one for every value of a vector.

    Raises:
        ValueError: The initializer is none of "density", "kmeans++" and "linear".
    """
    import tensorflow as tf

    with contained():
        from tensorflow_model_optimization.python.core.clustering.keras import clustering_algorithm as algorithm
        from tensorflow_model_optimization.python.core.clustering.keras import clustering_centroids as centroids
    kinds = {
        "density": centroids.DensityBasedCentroidsInitialisation,
        "kmeans++": centroids.KmeansPlusPlusCentroidsInitialisation,
        "linear": centroids.LinearCentroidsInitialisation,
    }
    kind = look_up("centroid initializer", initializer, kinds)
    found = kind(tf.constant(values), clusters).get_cluster_centroids()
    indices = algorithm.ClusteringAlgorithm(tf.Variable(found)).get_pulling_indices(tf.constant(values))
    return np.asarray(found), np.asarray(indices)
