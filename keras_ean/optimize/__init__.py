"""Smaller networks by plain `fit`: pruning and clustering on Keras 3."""

from collections.abc import Callable

import keras

from keras_ean.optimize.clustering import Clustering, cluster
from keras_ean.optimize.kernels import KernelCallback
from keras_ean.optimize.pruning import Pruning, prune
from keras_ean.optimize.refused import REFUSED
from keras_ean.registry import check_options, unknown

TECHNIQUES: dict[str, Callable[..., KernelCallback]] = {"cluster": cluster, "prune": prune}


def available() -> list[str]:
    """Lists the names of the techniques that `get` takes."""
    return sorted(TECHNIQUES)


def get(name: str, model: keras.Model, **options) -> KernelCallback:
    """Makes the callback of a technique by name: pass it to the `fit` of the model.

    Args:
        name: The name of the technique, "prune" or "cluster".
        model: The built model that `fit` will train.
        options: The options of the technique, such as `sparsity=0.5`.

    Raises:
        ValueError: A name or option is not known, or the technique does not hold on Keras 3; the message then gives the
            reason and an alternative.

    Example:
        >>> get("qat", keras.Sequential())
        Traceback (most recent call last):
        ...
        ValueError: 'qat' is refused: tfmot's quantisation-aware training works on tf_keras only ...
    """
    if name.lower() in REFUSED:
        raise ValueError(f"{name!r} is refused: {REFUSED[name.lower()]}")
    if name not in TECHNIQUES:
        raise ValueError(unknown("technique", name, [*TECHNIQUES, *REFUSED]))
    check_options(f"technique {name!r}", TECHNIQUES[name], options)
    return TECHNIQUES[name](model, **options)


__all__ = ["REFUSED", "Clustering", "KernelCallback", "Pruning", "available", "cluster", "get", "prune"]
