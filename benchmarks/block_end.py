"""What does attention add to the end of a residual block on a CPU, and would another form of it cost less?

    python benchmarks/block_end.py --rounds 20

The end of a block is gate · branch + shortcut, and a ReLU. Of the three maps of a ResNet-56 on 32×32 images (batches of
32), nine such ends stand in a row. Milliseconds of CPU, all cores together, for all 27, forward alone and with the
gradients, in turn; median and quartiles, and the ratio to the same without attention. TensorFlow without XLA.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import keras_ean as ean

MAPS = ((32, 32, 32, 16), (32, 16, 16, 32), (32, 8, 8, 64))
BLOCKS = 9


@tf.custom_gradient
def scaled(x, gate):
    """The product, whose gradient by the gate is one contraction: no map of products is kept."""
    return x * gate, lambda upstream: (upstream * gate, tf.einsum("bhwc,bhwc->bc", x, upstream)[:, None, None])


@tf.custom_gradient
def excited(x, connected, squeeze, excite):
    """SE as a whole with a gradient of its own, which adds that of the pooling to that of the product at once."""
    mean = tf.reduce_mean(x, (1, 2))
    hidden = tf.nn.relu(mean @ squeeze)
    each = tf.sigmoid(hidden @ excite)
    gate = (1 + connected * (each - 1))[:, None, None]

    def gradient(upstream):
        by_logit = connected * tf.reduce_sum(x * upstream, (1, 2)) * each * (1 - each)
        by_hidden = tf.where(hidden > 0, by_logit @ tf.transpose(excite), 0.0)
        by_mean = by_hidden @ tf.transpose(squeeze) / (x.shape[1] * x.shape[2])
        by_weights = tf.transpose(mean) @ by_hidden, tf.transpose(hidden) @ by_logit
        return upstream * gate + by_mean[:, None, None], None, *by_weights

    return x * gate, gradient


def forms(name: str, channels: int) -> tuple[dict[str, Callable], list]:
    """By name, functions of the branch and the block's bit, (1,); and the weights that they share."""
    module = ean.attention.get(name)
    module.build((None, None, None, channels))

    def as_it_is(x, bit):
        return module(x, connected=bit)[0]

    def contracted(x, bit):
        gate, _ = module.masked_gate(x, (), tf.reshape(bit, (-1, 1, 1, 1)))
        return scaled(x, gate)

    found = {
        "without attention": lambda x, bit: x,
        "as it is": as_it_is,
        "compiled by XLA": tf.function(as_it_is, jit_compile=True, autograph=False),
        "skipped by cond where off": lambda x, bit: tf.cond(bit[0] != 0, lambda: as_it_is(x, bit), lambda: x),
    }
    if name == "se":
        kernels = [module.squeeze.kernel, module.excite.kernel]
        found["gradient of the gate by einsum"] = contracted
        found["one gradient for all of it"] = lambda x, bit: excited(x, bit, *kernels)
    else:
        found["σ of the map, and the product, alone"] = lambda x, bit: x * tf.sigmoid(x)
    return found, module.trainable_variables


def step(form: Callable, weights: list, gradients: bool) -> Callable:
    """Nine ends of a block in a row, and their gradients."""

    @tf.function(autograph=False)
    def run(x, shortcut, bit):
        with tf.GradientTape() as tape:
            tape.watch([x, shortcut])
            y = x
            for _ in range(BLOCKS):
                y = tf.nn.relu(form(y, bit) + shortcut)
        return tape.gradient(y, [x, shortcut, *weights], y) if gradients else y

    return run


def measured(name: str, rounds: int, gradients: bool) -> dict[tuple[str, float], np.ndarray]:
    """Milliseconds of all 27 blocks by form and bit, (rounds,)."""
    times: dict[tuple[str, float], np.ndarray] = {}
    for shape in MAPS:
        maps = [tf.constant(np.random.default_rng(i).normal(size=shape).astype("float32")) for i in range(2)]
        found, weights = forms(name, shape[-1])
        runs = {form: step(function, weights, gradients) for form, function in found.items()}
        for turn in range(-1, rounds):
            for form, run in runs.items():
                for bit in (1.0, 0.0) if "cond" in form else (1.0,):
                    begin = time.process_time()
                    for value in tf.nest.flatten(run(*maps, tf.constant([bit]))):
                        if value is not None:
                            value.numpy()
                    own = times.setdefault((form, bit), np.zeros(rounds))
                    if turn >= 0:
                        own[turn] += 1000 * (time.process_time() - begin)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    print(f"TensorFlow {tf.__version__}, {platform.machine()}, {os.cpu_count()} cores, {options.rounds} rounds\n")
    print("| module | end of a block | ms, forward | ratio | ms, with gradients | ratio |\n|---|---|--:|--:|--:|--:|")
    for name in ("se", "sge"):
        each = [measured(name, options.rounds, gradients) for gradients in (False, True)]
        for form, bit in each[0]:
            cells = []
            for times in each:
                plain, own = times["without attention", 1.0], times[form, bit]
                for values, digits in ((own, 1), (own / plain, 2)):
                    low, middle, high = np.percentile(values, (25, 50, 75))
                    cells.append(f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})")
            said = f"{form}, {'on' if bit else 'off'}" if "cond" in form else form
            print(f"| {name.upper()} | {said} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
