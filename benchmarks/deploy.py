"""Does it compose? Found sparse attention, full attention and none × float, pruned, clustered, int8.

    python benchmarks/deploy.py digits --seeds 3
    python benchmarks/deploy.py .data/cifar10 --width 8 --train 4000 --epochs 6 --tune 3

Prints a Markdown table of test accuracy, file size, gzip size and CPU latency of .tflite files, run by ai-edge-litert.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_ean as ean
from keras_ean import data, search
from keras_ean.exporting import Export, export_all, formats
from keras_ean.optimize import cluster, prune
from keras_ean.recipes import Recipe

LATENCY_ROUNDS = 300


def load(options: argparse.Namespace) -> tuple[data.Split, data.Split, data.Split, tuple[int, ...], int]:
    """Training, validation and test images; digits under random light, since on clean ones attention has no work."""
    if options.data == "digits":
        images = data.load("digits", light=True, train=300, draws=8, test_draws=4)
    else:
        images = data.load(options.data, verify=False)
    rng = np.random.default_rng(0)

    def some(split: data.Split, number: int) -> data.Split:
        return split.take(np.sort(rng.permutation(len(split))[:number]))

    splits = some(images.train, options.train), some(images.validation, 600), some(images.test, options.test)
    return *splits, images.shape, images.classes


def fit(model: keras.Model, recipe: Recipe, train: data.Split, seed: int, *callbacks) -> None:
    batches = recipe.batches(train, seed=seed)
    recipe.compile(model, steps_per_epoch=len(batches), epochs=recipe.epochs)
    model.fit(batches, epochs=recipe.epochs, verbose=0, callbacks=list(callbacks))


def find(supernet: ean.Supernet, train: data.Split, validation: data.Split, seed: int) -> ean.Scheme:
    """The scheme that REINFORCE names on the supernet, BatchNorm re-estimated per scheme."""
    with tempfile.TemporaryDirectory() as folder:
        oracle = search.ReinforceOracle(max_steps=60, samples_per_step=3, seed=seed)
        images, _ = train.take(np.arange(0, len(train), max(1, len(train) // 512))).arrays()
        tuner = search.SchemeTuner(supernet, oracle=oracle, directory=folder, calibration=images)
        tuner.search(validation.arrays(), verbose=0)
        return tuner.conclusion().scheme or tuner.best_scheme()


def variants(network: keras.Model, recipe: Recipe, tune: int, train: data.Split, seed: int) -> Iterator:
    """(variant, network, quantization) of a trained network; each is fine-tuned from an earlier one."""
    yield "float", network, "float32"
    yield "int8", network, "int8"
    tuning = replace(recipe, epochs=tune, rate=recipe.rate / 2)
    clustering = replace(tuning, epochs=max(1, tune // 3), rate=recipe.rate / 10)
    few = copy(network)
    fit(few, clustering, train, seed, cluster(few, 16))
    yield "clustered", few, "float32"
    small = copy(network)
    fit(small, tuning, train, seed, prune(small, 0.8, select=lambda layer: layer.name != "stem_conv"))
    yield "pruned 80 %", copy(small), "float32"
    fit(small, clustering, train, seed, cluster(small, 16))
    yield "pruned and clustered", small, "float32"
    yield "pruned, clustered, int8", small, "int8"


def copy(network: keras.Model) -> keras.Model:
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    return twin


def latencies(paths: dict[tuple, Path], image: np.ndarray) -> dict[tuple, float]:
    """Median milliseconds of one image, the files taken in turns."""
    calls = {key: formats.get("litert").read(str(path)) for key, path in paths.items()}
    times: dict[tuple, list[float]] = {key: [] for key in calls}
    for _ in range(LATENCY_ROUNDS):
        for key, call in calls.items():
            start = time.perf_counter()
            call(image)
            times[key].append(1000 * (time.perf_counter() - start))
    return {key: float(np.median(values)) for key, values in times.items()}


def run(seed: int, options: argparse.Namespace, folder: Path) -> dict[tuple[str, str], dict[str, float]]:
    """(network, variant) → figures, for one seed."""
    train, validation, test, shape, classes = load(options)
    backbone = ean.backbones.get("resnet20", width=options.width)
    attention = ean.attention.get("se", reduction=4)
    recipe = Recipe(options.epochs, 64, 0.1, "one_cycle", warmup=0.1, weight_decay=5e-4, drop_remainder=True)
    keras.utils.set_random_seed(seed)
    supernet = ean.build_supernet(backbone, attention, shape, classes, seed=seed)
    fit(supernet, recipe, train, seed)
    found = find(supernet, train, validation, seed)
    schemes = {"none": ean.Scheme.empty(found.stages), "full, shared": ean.Scheme.full(found.stages), "found": found}
    calibration, exports = train.take(np.arange(0, len(train), max(1, len(train) // 100))).arrays()[0], {}
    for name, scheme in schemes.items():
        keras.utils.set_random_seed(seed)
        network = ean.build_network(backbone, attention, scheme, shape, classes)
        fit(network, recipe, train, seed)
        for variant, model, quantization in variants(network, recipe, options.tune, train, seed):
            path = folder / f"{seed}-{len(exports)}"
            format = formats.get("litert", quantization=quantization)
            # The table tells the accuracy, whatever it is.
            exports[name, variant] = Export(model, path, format, calibration, 1, scheme, tolerance=np.inf, agreement=0)
    receipts = dict(zip(exports, export_all(list(exports.values()), verbose=False), strict=True))
    paths = {key: receipt.path for key, receipt in receipts.items()}
    images, labels = test.arrays()
    times, results = latencies(paths, images[:1]), {}
    for key, receipt in receipts.items():
        predict = formats.get("litert").read(str(receipt.path))
        right = [predict(image[None]).argmax() == label for image, label in zip(images, labels, strict=True)]
        results[key] = {
            "accuracy": 100 * float(np.mean(right)),
            "kB": receipt.size_bytes / 1000,
            "gzip kB": receipt.gzip_bytes / 1000,
            "ms": times[key],
            "density": schemes[key[0]].density,
        }
        print(seed, schemes[key[0]], *key, results[key], flush=True)
    return results


def table(results: list[dict[tuple[str, str], dict[str, float]]]) -> Iterator[str]:
    yield "| attention | connected | variant | accuracy % | file kB | gzip kB | ms per image |"
    yield "|---|---|---|---|---|---|---|"
    for key in results[0]:
        rows = [result[key] for result in results]
        accuracy = np.array([row["accuracy"] for row in rows])
        mean = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
        spread = f" ± {accuracy.std(ddof=1):.1f}" if len(rows) > 1 else ""
        yield (
            f"| {key[0]} | {100 * mean['density']:.0f} % | {key[1]} | {accuracy.mean():.1f}{spread} | {mean['kB']:.0f} "
            f"| {mean['gzip kB']:.0f} | {mean['ms']:.3f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help='"digits", or a folder of images by split and class')
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--width", type=int, default=8, help="channels of the first stage of ResNet-20")
    parser.add_argument("--train", type=int, default=10**9, help="training images, at most")
    parser.add_argument("--test", type=int, default=2000, help="test images, at most")
    parser.add_argument("--epochs", type=int, default=12, help="of the supernet and of each network")
    parser.add_argument("--tune", type=int, default=6, help="epochs with pruning; a third of it with clustering")
    options = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = [run(seed, options, Path(folder)) for seed in range(options.seeds)]
    print("\n".join(table(results)))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
