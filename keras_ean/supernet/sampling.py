"""Which schemes a training batch sees; drawn inside the compiled step, for batches of any size."""

from collections.abc import Callable

import keras
from keras import ops

from keras_ean import backend
from keras_ean.registry import look_up

STRATEGIES: dict[str, Callable] = {}


def strategy(function: Callable) -> Callable:
    """Registers a strategy by the name of its function, so that `sampling=` of a supernet knows it; a decorator.

    Args:
        function: `function(batch, blocks, seed)`, which draws schemes as rows of 0 and 1, float32, (batch, blocks) or
            (1, blocks) for all images alike. `batch` is a number, or a scalar tensor where the size is known only at
            run time; `seed` is a `keras.random.SeedGenerator`.
    """
    STRATEGIES[function.__name__] = function
    return function


@strategy
def bernoulli(batch, blocks: int, seed):
    """Draws one scheme for the whole batch, each block on with probability 1/2 (arXiv 2011.14058): (1, blocks).

    Args:
        batch: The number of images in the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    return coins((1, blocks), seed)


@strategy
def per_image(batch, blocks: int, seed):
    """Draws a scheme for each image, each block on with probability 1/2: (batch, blocks).

    Args:
        batch: The number of images in the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    return coins((batch, blocks), seed)


@strategy
def everywhere(batch, blocks: int, seed):
    """Connects every block for all images, (1, blocks): the full network is trained alone, which is enough for an
    evaluator that looks at nothing else, such as `HeldEvaluator`.

    Args:
        batch: The number of images in the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    return ops.ones((1, blocks))


@strategy
def fair(batch, blocks: int, seed):
    """Gives a random scheme and its complement to the images in turn, so that every block is on for half of them.

    This is strict fairness for two choices (FairNAS, arXiv 1907.01845). In an odd batch the scheme, itself drawn as
    `bernoulli`, has one image more.

    Args:
        batch: The number of images in the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    scheme = coins((1, blocks), seed)
    return dealt(ops.concatenate([scheme, 1 - scheme]), batch)


@strategy
def sandwich(batch, blocks: int, seed):
    """Gives the full scheme, the empty one and two random ones to the images in turn, a quarter of the images each.

    This is the sandwich rule (arXiv 1903.05134; BigNAS, arXiv 2003.11142). A batch of fewer than four images has only
    the first of these schemes.

    Args:
        batch: The number of images in the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    ends = ops.concatenate([ops.ones((1, blocks)), ops.zeros((1, blocks))])
    return dealt(ops.concatenate([ends, coins((2, blocks), seed)]), batch)


@strategy
def stratified(batch, blocks: int, seed):
    """Draws a scheme for each image: first how many blocks it connects, each number from 0 to all being as likely,
    then which ones.

    AttentiveNAS (arXiv 2011.09011) draws a cost first in the same way. Within a batch the numbers are spread evenly.

    Args:
        batch: The number of images in the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    images = ops.cast(ops.arange(batch, dtype="int32"), "float32") / ops.cast(batch, "float32")
    levels = (keras.random.uniform((), seed=seed) + images) % 1.0
    # Rounding may bring a level to 1.
    connections = ops.minimum(ops.floor(levels * (blocks + 1)), blocks)
    ranks = ops.argsort(ops.argsort(keras.random.uniform((batch, blocks), seed=seed), axis=-1), axis=-1)
    return ops.cast(ops.cast(ranks, "float32") < ops.expand_dims(connections, -1), "float32")


def coins(shape, seed):
    """Draws rows of independent bits, each 1 with probability ½, as float32.

    Args:
        shape: The shape (rows, blocks) of what is drawn.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    return ops.cast(keras.random.uniform(shape, seed=seed) < 0.5, "float32")


def dealt(schemes, batch):
    """Gives each image one of the schemes in turn, as cards are dealt: (batch, blocks).

    Args:
        schemes: The schemes as rows of 0 and 1, (schemes, blocks).
        batch: The number of images in the batch.
    """
    return ops.take(schemes, ops.arange(batch, dtype="int32") % schemes.shape[0], axis=0)


def draw(sample: Callable, batch, blocks: int, seed):
    """Draws the rows of a strategy for the images that this device has of a batch.

    They are its part of the rows of the whole batch, which all replicas of `tf.distribute` draw alike. On JAX a step
    sees the whole batch, on any number of devices.

    Args:
        sample: The strategy, as `get` gives it.
        batch: The number of images that this device has of the batch.
        blocks: The number of residual blocks, each of which has a bit.
        seed: The `keras.random.SeedGenerator` to draw from.
    """
    replica, replicas = backend.replica()
    if replicas == 1:
        return sample(batch, blocks, seed)
    rows = sample(batch * replicas, blocks, seed)
    return rows if rows.shape[0] == 1 else rows[replica * batch : (replica + 1) * batch]


def get(name: str) -> Callable:
    """Gives the strategy of that name.

    Args:
        name: The name of a strategy, such as "bernoulli" or "stratified".

    Raises:
        ValueError: The name is unknown; the message lists the known ones.
    """
    return look_up("sampling", name, STRATEGIES)
