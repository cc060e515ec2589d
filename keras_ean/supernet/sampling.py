"""Which schemes a training batch sees; drawn inside the compiled step, for batches of any size."""

from collections.abc import Callable

import keras
from keras import ops

from keras_ean import backend
from keras_ean.registry import look_up

STRATEGIES: dict[str, Callable] = {}


def strategy(function: Callable) -> Callable:
    """Registers `function(batch, blocks, seed) -> rows` of 0 and 1, (batch, blocks) or (1, blocks), by its name.

    `batch` is a number, or a scalar tensor where the size is only known at run time; `seed` is a
    `keras.random.SeedGenerator`.
    """
    STRATEGIES[function.__name__] = function
    return function


@strategy
def bernoulli(batch, blocks: int, seed):
    """Draws one scheme a batch, each block on with probability 1/2 (the paper, arXiv 2011.14058).

    Args:
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    return coins((1, blocks), seed)


@strategy
def per_image(batch, blocks: int, seed):
    """Draws one scheme an image, each block on with probability 1/2.

    Args:
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    return coins((batch, blocks), seed)


@strategy
def everywhere(batch, blocks: int, seed):
    """Connects every block, for one training of the full network, where an evaluator needs no other (`held`).

    Args:
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    return ops.ones((1, blocks))


@strategy
def fair(batch, blocks: int, seed):
    """Gives a scheme and its complement in turn, so that every block is on for half of the images.

    This is strict fairness for two choices (FairNAS, arXiv 1907.01845). In an odd batch the scheme, itself drawn as
    `bernoulli`, has one image more.

    Args:
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    scheme = coins((1, blocks), seed)
    return dealt(ops.concatenate([scheme, 1 - scheme]), batch)


@strategy
def sandwich(batch, blocks: int, seed):
    """Gives the full scheme, the empty one and two random ones in turn, a quarter of the images each.

    This is the sandwich rule (arXiv 1903.05134; BigNAS, arXiv 2003.11142). A batch of fewer than four images has the
    first of these.

    Args:
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    ends = ops.concatenate([ops.ones((1, blocks)), ops.zeros((1, blocks))])
    return dealt(ops.concatenate([ends, coins((2, blocks), seed)]), batch)


@strategy
def stratified(batch, blocks: int, seed):
    """Draws one scheme an image: its number of connections uniform over 0 … blocks, then any scheme of that many.

    AttentiveNAS (arXiv 2011.09011) draws a cost first in the same way. Within a batch the numbers are spread evenly.

    Args:
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    images = ops.cast(ops.arange(batch, dtype="int32"), "float32") / ops.cast(batch, "float32")
    levels = (keras.random.uniform((), seed=seed) + images) % 1.0
    # Rounding may bring a level to 1.
    connections = ops.minimum(ops.floor(levels * (blocks + 1)), blocks)
    ranks = ops.argsort(ops.argsort(keras.random.uniform((batch, blocks), seed=seed), axis=-1), axis=-1)
    return ops.cast(ops.cast(ranks, "float32") < ops.expand_dims(connections, -1), "float32")


def coins(shape, seed):
    """Draws rows of independent bits, each 1 with probability ½.

    Args:
        shape: (rows, blocks).
        seed: A `keras.random.SeedGenerator`.
    """
    return ops.cast(keras.random.uniform(shape, seed=seed) < 0.5, "float32")


def dealt(schemes, batch):
    """Gives rows (batch, blocks): the schemes in turn, as cards are dealt."""
    return ops.take(schemes, ops.arange(batch, dtype="int32") % schemes.shape[0], axis=0)


def draw(sample: Callable, batch, blocks: int, seed):
    """Draws the rows of a strategy for this device's images.

    They are its part of the rows of the whole batch, which all replicas of `tf.distribute` draw alike. On JAX a step
    sees the whole batch, on any number of devices.

    Args:
        sample: One of the strategies.
        batch: The images of the batch.
        blocks: The number of blocks.
        seed: A `keras.random.SeedGenerator`.
    """
    replica, replicas = backend.replica()
    if replicas == 1:
        return sample(batch, blocks, seed)
    rows = sample(batch * replicas, blocks, seed)
    return rows if rows.shape[0] == 1 else rows[replica * batch : (replica + 1) * batch]


def get(name: str) -> Callable:
    """Gives the strategy of that name; for an unknown one, a ValueError names the known ones."""
    return look_up("sampling", name, STRATEGIES)
