"""Run as a script in a fresh process: reads artefacts back and predicts. Imports nothing of keras_ean.

Usage: python -P verifier.py questions.json. Each question has the source of a reader, the artefact, the place where it
is read, the images, and where to write the outputs. The answers, one per question, go to the file beside it named
results.json.
"""

import importlib
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

SECONDS = 0.05
"""Time spent on measuring the latency of an artefact."""


def run(question):
    """Predicts all images at once (or in the artefact's batch size) and the first alone; latency of one batch."""
    print("artefact:", question["artefact"], file=sys.stderr)
    for module in question["imports"]:
        import_known(module)
    scope: dict = {}
    exec(question["source"], scope)
    predict = scope["read"](question["place"])
    images = np.load(question["images"])
    size, names = question["batch_size"] or len(images), question["names"]
    parts = zip(*(in_order(predict(batch), names) for batch in batches(images, size)))
    np.savez(question["outputs"], *(np.concatenate(part)[: len(images)] for part in parts))
    one = next(batches(images, question["batch_size"] or 1))
    alone = in_order(predict(one), names)
    return {
        "alone": [np.asarray(output[0], "float64").tolist() for output in alone],
        "latency_ms": latency(predict, one),
        "note": getattr(predict, "note", ""),
    }


def import_known(name):
    """Imports a module, and makes Keras know its classes by their names, as whoever has not registered them does."""
    module = importlib.import_module(name)
    from keras.saving import get_custom_objects  # Only now, since artefacts without code of their own go without Keras.

    for key, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == name:
            get_custom_objects().setdefault(key, value)


def in_order(found, names):
    """A list of the outputs, which a reader gives by name, in their order, or alone."""
    if isinstance(found, dict):
        return [found[name] for name in names]
    return list(found) if isinstance(found, list | tuple) else [found]


def batches(images, size):
    """Batches of exactly `size` images; the last is filled up by repeating images."""
    for start in range(0, len(images), size):
        yield np.take(images, range(start, start + size), axis=0, mode="wrap")


def latency(predict, images):
    """Median milliseconds of one call."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        predict(images)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main(questions):
    answers = [run(question) for question in json.loads(questions.read_text())["questions"]]
    knows = any(name.partition(".")[0] == "keras_ean" for name in sys.modules)
    (questions.parent / "results.json").write_text(json.dumps({"answers": answers, "knows_keras_ean": knows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
