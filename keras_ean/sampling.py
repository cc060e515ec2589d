"""Which schemes a training batch sees."""

from collections.abc import Callable

import keras

from keras_ean.registry import unknown

STRATEGIES: dict[str, Callable] = {}


def strategy(function: Callable) -> Callable:
    """Registers `function(batch, blocks, seed) -> rows` of 0 and 1, (batch, blocks) or (1, blocks), by its name."""
    STRATEGIES[function.__name__] = function
    return function


@strategy
def bernoulli(batch, blocks: int, seed):
    """One scheme a batch, each block on with probability 1/2 (the paper)."""
    return coins((1, blocks), seed)


@strategy
def per_image(batch, blocks: int, seed):
    """One scheme an image, each block on with probability 1/2."""
    return coins((batch, blocks), seed)


def coins(shape, seed):
    return keras.ops.cast(keras.random.uniform(shape, seed=seed) < 0.5, "float32")


def get(name: str) -> Callable:
    """The strategy of that name; ValueError with the known ones."""
    if name not in STRATEGIES:
        raise ValueError(unknown("sampling", name, STRATEGIES))
    return STRATEGIES[name]
