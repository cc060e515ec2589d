"""What do the images cost? Training steps with data over steps on one batch that is there already.

    python benchmarks/input_pipeline.py [--small] [--steps 20] [--rounds 7] [--publish FILE]

ResNet-20 with SE on random images of CIFAR's shape, batches of 128, padded, cropped, mirrored and normalised. The ways
of feeding `fit` take their turns, one epoch of `steps` each, and each is divided by the fixed batch of the same round:

- batches: `split.batches`, a `keras.utils.PyDataset`, made with NumPy;
- tf.data: `split.batches(…).tf_data()`, on TensorFlow;
- device: `OnDevice`, whose compiled step cuts the batch out of images that stay on the device.

Prints milliseconds a step and the ratios, on the clock and of CPU, with quartiles; --publish keeps them. The first
step of an epoch, which starts the pipeline, is left out.
--small runs in seconds and shows no more than that it runs.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from functools import partial
from importlib import metadata
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_ean as ean
from keras_ean.data import CropFlip, OnDevice, Split

SMALL = {"network": "resnet8", "width": 4, "batch": 8, "steps": 3, "rounds": 1}


class Clock(keras.callbacks.Callback):
    """Milliseconds a step, on the clock and of CPU, from the end of an epoch's first step to the end of its last.

    It waits for these two only, so that the host may run ahead of an accelerator.
    """

    def __init__(self, steps: int):
        super().__init__()
        self.last = steps - 1

    def on_train_batch_end(self, batch, logs=None):
        if batch in (0, self.last):
            float(logs["loss"])
            now = np.array((time.perf_counter(), time.process_time()))
            self.start = self.start if batch else now
            self.times = 1000 * (now - self.start) / self.last


class Fixed(keras.utils.PyDataset):
    """One batch, again and again."""

    def __init__(self, batch: tuple, steps: int):
        super().__init__()
        self.batch, self.steps = batch, steps

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        return self.batch


def ways(model: keras.Model, split: Split, batch: int, steps: int) -> dict:
    """Functions that train for an epoch."""
    options = {"shuffle": True, "augment": CropFlip(4), "seed": 0}
    batches = split.batches(batch, **options)
    images, labels = batches[0]
    found = {
        "batches": partial(model.fit, split.batches(batch, **options)),
        "device": OnDevice(model, split.batches(batch, **options)).fit,
    }
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        fixed = tf.data.Dataset.from_tensors((images, labels)).repeat()
        found["tf.data"] = partial(model.fit, split.batches(batch, **options).tf_data(), steps_per_epoch=steps)
        return {"fixed": partial(model.fit, fixed, steps_per_epoch=steps)} | found
    there = keras.ops.convert_to_tensor(images), keras.ops.convert_to_tensor(labels)
    return {"fixed": partial(model.fit, Fixed(there, steps))} | found


def measure(options: argparse.Namespace) -> dict[str, list[np.ndarray]]:
    """Milliseconds a step, on the clock and of CPU, by the way of feeding, one pair for each round."""
    generator = np.random.default_rng(0)
    count = options.batch * options.steps
    images = generator.integers(0, 256, (count, 32, 32, 3), "uint8")
    labels = generator.integers(0, 10, count, dtype="int32")
    split = Split(images, labels, mean=(0.5,) * 3, std=(0.25,) * 3, normalize=True)
    keras.utils.set_random_seed(0)
    backbone = ean.backbones.get(options.network, width=options.width)
    recipe = ean.recipes.Recipe(options.rounds, options.batch, 0.01, precision=options.precision)
    with recipe.policy():
        model = ean.build_network(backbone, "se", ean.Scheme.full(backbone.stages), (32, 32, 3), 10)
    recipe.compile(model, options.steps)
    clock = Clock(options.steps)
    feeds = ways(model, split, options.batch, options.steps)
    times: dict[str, list[np.ndarray]] = {name: [] for name in feeds}
    for turn in range(options.rounds + 1):
        for name, fit in feeds.items():
            fit(shuffle=False, verbose=0, callbacks=[clock])
            if turn:  # The first round traces and compiles.
                times[name].append(clock.times)
    return times


def summary(times: dict[str, list[np.ndarray]]) -> dict[str, dict[str, list[float]]]:
    """Quartiles of milliseconds and of the ratios to the fixed batch, by the way of feeding."""

    def quartiles(values) -> list[float]:
        return [round(float(value), 4) for value in np.percentile(values, (25, 50, 75))]

    found = {}
    for name, values in times.items():
        ratios = np.divide(values, times["fixed"])
        found[name] = {"ms": quartiles(np.array(values)[:, 0]), "CPU ms": quartiles(np.array(values)[:, 1])}
        found[name] |= {"over fixed": quartiles(ratios[:, 0]), "CPU over fixed": quartiles(ratios[:, 1])}
    return found


def main(arguments: list[str] | None = None) -> dict:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", default="resnet20")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--precision", default="float32", help="Keras dtype policy")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--publish", type=Path, help="JSON file that keeps the results, by backend")
    options = parser.parse_args(arguments)
    if options.small:
        vars(options).update(SMALL)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    result = {
        "backend": keras.backend.backend(),
        "commit": commit.stdout.strip(),
        "machine": os.environ.get("DEVICE") or f"{os.cpu_count()} {platform.machine()} cores",
        "load before": round(os.getloadavg()[0], 1),
        "versions": {name: metadata.version(name) for name in ("keras", keras.backend.backend())},
        **{name: getattr(options, name) for name in ("network", "width", "batch", "precision", "steps", "rounds")},
        "ways": summary(measure(options)),
    }
    print("| | ms a step | over the fixed batch | CPU, over the fixed batch |\n|---|--:|--:|--:|")
    for name, figures in result["ways"].items():
        cells = ["{1:.1f} ({0:.1f} … {2:.1f})".format(*figures["ms"])]
        cells += ["{1:.3f} ({0:.3f} … {2:.3f})".format(*figures[key]) for key in ("over fixed", "CPU over fixed")]
        print(f"| {name} | {' | '.join(cells)} |")
    if options.publish:
        kept = json.loads(options.publish.read_text()) if options.publish.exists() else {}
        kept[result["backend"]] = result
        options.publish.write_text(json.dumps(kept, indent=1) + "\n")
    return result


if __name__ == "__main__":
    main()
