"""Weight sharing, "Deep Compression", arXiv 1510.00149, section 3, with tfmot's centroids, on Keras 3."""

import keras
import numpy as np
from keras import ops

from keras_ean.optimize import tfmot
from keras_ean.optimize.kernels import KernelCallback, Select


class Clustering(KernelCallback):
    """Leaves each kernel no more than `clusters` different weights and trains those; it is a callback of `fit`.

    A saved file does not shrink by itself: the repeated values shrink when it is compressed, by gzip, an app store or
    HTTP.

    Args:
        model: The built and trained model that `fit` will fine-tune, often for a few epochs at a low learning rate.
        clusters: The number of different weights in each kernel, at least 2.
        initializer: How the first centroids are chosen: "kmeans++", "density" or "linear".
        preserve_sparsity: Whether weights that are zero, as after pruning, stay zero.
        select: A function that tells of each convolution and dense layer whether to take it; None takes all.

    Raises:
        ValueError: A value is outside its range, or no layer can be clustered.
        RuntimeError: The backend is not TensorFlow.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(20), keras.layers.Dense(2)])
        >>> model.compile("sgd", "mse", jit_compile=False)
        >>> clustering = Clustering(model, clusters=4)
        >>> history = model.fit(np.ones((64, 8)), np.ones((64, 2)), batch_size=8, verbose=0, callbacks=[clustering])
        >>> sorted(clustering.unique.values())
        [4, 4]
    """

    def __init__(
        self,
        model: keras.Model,
        clusters: int = 16,
        initializer: str = "kmeans++",
        preserve_sparsity: bool = True,
        select: Select | None = None,
    ):
        if isinstance(clusters, bool) or not isinstance(clusters, int) or clusters < 2:
            raise ValueError(f"The number of clusters is a whole number of at least 2, not {clusters!r}.")
        tfmot.cluster(np.linspace(-1, 1, 4, dtype="float32"), 2, initializer)
        super().__init__(model, select)
        self.clusters, self.initializer, self.preserve_sparsity = clusters, initializer, preserve_sparsity

    def constraint(self, kernel):
        centroids, indices = share(
            np.asarray(kernel.value).ravel(), self.clusters, self.initializer, self.preserve_sparsity
        )
        kernel.assign(centroids[indices].reshape(kernel.shape))
        return Shared(indices, len(centroids), fixed_zero=centroids[0] == 0)

    @property
    def unique(self) -> dict[str, int]:
        """These are the numbers of different weights in each kernel, by the kernel's path."""
        return {path: len(np.unique(np.asarray(kernel.value))) for path, kernel in self.kernels.items()}


class Shared(keras.constraints.Constraint):
    """All weights of a cluster take their mean, so each centroid moves by the mean of its members' steps.

    Args:
        indices: The index of each weight's cluster, in the order of the flat kernel.
        clusters: The number of clusters.
        fixed_zero: Whether the weights of cluster 0 stay zero.
    """

    def __init__(self, indices: np.ndarray, clusters: int, fixed_zero: bool):
        self.indices = keras.Variable(indices, trainable=False, dtype="int64")
        sizes = np.bincount(indices, minlength=clusters)
        scale = np.where(sizes > 0, 1 / np.maximum(sizes, 1), 0)
        if fixed_zero:
            scale[0] = 0
        self.scale = ops.convert_to_tensor(scale, "float32")

    def __call__(self, w):
        flat = ops.cast(ops.reshape(w, (-1,)), "float32")
        sums = ops.segment_sum(flat, self.indices, num_segments=len(self.scale))
        return ops.reshape(ops.cast(ops.take(sums * self.scale, self.indices), w.dtype), w.shape)


def share(
    values: np.ndarray, clusters: int, initializer: str, preserve_sparsity: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Centroids and the index of each value; with `preserve_sparsity`, centroid 0 is zero and holds all zeros.

    Values that are shared already keep their clusters, so a training that is resumed goes on with them.
    """
    unique, inverse = np.unique(values, return_inverse=True)
    zeros = values == 0
    keep = preserve_sparsity and bool(zeros.any())
    if len(unique) <= clusters:
        order = np.argsort(unique != 0, kind="stable")
        return unique[order], np.argsort(order)[inverse]
    if not keep:
        return tfmot.cluster(values, clusters, initializer)
    centroids, indices = tfmot.cluster(values[~zeros], clusters - 1, initializer)
    result = np.zeros(len(values), "int64")
    result[~zeros] = indices + 1
    return np.concatenate([np.zeros(1, centroids.dtype), centroids]), result


cluster = Clustering
"""The verb, as it reads in a script; the callback is what it gives."""
