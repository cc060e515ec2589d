"""Batches as a `tf.data.Dataset`."""

import os
from functools import lru_cache

import keras

from keras_ean.data.batches.batch_plan import BatchPlan
from keras_ean.data.batches.cutting import Cutting, possible

MAKERS, AHEAD = 8, 4
"""Batches that are made at once, at the most, and that wait for the training."""


def dataset(batches: BatchPlan, epoch: int):
    """`Batches.tf_data`, from `epoch` on: TensorFlow cuts images in memory; Python reads others, some at once."""
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"tf.data is for the TensorFlow backend, not {keras.backend.backend()}: pass the batches to fit."
        )
    import tensorflow as tf

    count = len(batches)
    full = len(batches.split) % batches.batch_size == 0 or batches.drop_remainder
    size = len(batches.rows(batches.order_in(epoch), 0)) if full else None
    order = lru_cache(2)(batches.order_in)

    def flat(epoch, index):
        made = batches.made(batches.rows(order(int(epoch)), int(index)), batches.generator(int(epoch), int(index)))
        return keras.tree.flatten(made)

    def read(epoch, index):
        parts = tf.numpy_function(flat, (epoch, index), [part.dtype for part in keras.tree.flatten(example)])
        shapes = [(size, *part.shape[1:]) for part in keras.tree.flatten(example)]
        return keras.tree.pack_sequence_as(example, list(map(tf.ensure_shape, parts, shapes)))

    if possible(batches.split, batches.augment):
        cutting = Cutting(batches)
        with tf.device("CPU"):
            pixels, every = tf.constant(batches.split.images), tf.constant(batches.split.labels)

        def draw(epoch, index):
            return cutting.draw(order(int(epoch)), int(epoch), int(index))

        def make(epoch, index):
            drawn = tf.ensure_shape(tf.numpy_function(draw, (epoch, index), tf.int32), (size, 4))
            return cutting(pixels, drawn), tf.gather(every, drawn[:, 0])
    else:
        example, make = batches.made(order(epoch)[:1], batches.generator(epoch, 0)), read

    steps = tf.data.Dataset.counter(epoch).flat_map(
        lambda epoch: tf.data.Dataset.range(count).map(lambda index: (epoch, index))
    )
    made = steps.map(make, num_parallel_calls=min(MAKERS, os.cpu_count() or 1), deterministic=True).prefetch(AHEAD)
    # TensorFlow's tuning thread sleeps 10, 20, 40 … ms, and an iterator that ends may wait until it wakes up.
    options = tf.data.Options()
    options.autotune.enabled = False
    return made.with_options(options)
