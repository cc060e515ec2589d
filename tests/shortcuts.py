"""Ways round what takes seconds and is not what a test is about; also as fixtures of the same names."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import pytest


@contextmanager
def eagerly() -> Iterator[None]:
    """TensorFlow takes step by step what it would trace, which takes most of the time of a training of a few steps; a
    bootstrap is of few draws, each of which is a step."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    from keras_ean.measure import bootstrap

    tf.config.run_functions_eagerly(True)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bootstrap, "RESAMPLES", 20)
            patch.setattr(keras.ops, "map", _one_by_one)
            yield
    finally:
        tf.config.run_functions_eagerly(False)


def _one_by_one(function: Callable, parts: Any) -> Any:
    """As `keras.ops.map`, in a third of the time that TensorFlow takes where it traces nothing."""
    rows = zip(*map(keras.ops.unstack, keras.tree.flatten(parts)), strict=True)
    made = [function(keras.tree.pack_sequence_as(parts, row)) for row in rows]
    return keras.tree.map_structure(lambda *values: keras.ops.stack(values), *made)


@contextmanager
def unsynced() -> Iterator[None]:
    """No test cuts the power: nothing waits until it is on the disk, which whole runs do hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@contextmanager
def garbage_waits() -> Iterator[None]:
    """Keras has all objects of the process looked through whenever a layer drops a variable, which it does for each
    layer that it quantizes, and Keras Tuner for each network of a search; here, garbage waits for Python to look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda generation=2: 0)
        yield


@contextmanager
def timed_briefly() -> Iterator[None]:
    """Inference is timed in two rounds in place of 30, and training in two steps: the times of small networks on a busy
    machine say nothing."""
    from keras_ean.measure import latency
    from keras_ean.run import speed

    interleaved = latency.interleaved
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latency, "interleaved", lambda calls, rounds: interleaved(calls, 2))
        for name, least in {"STEPS": 0, "SECONDS": 0.0, "LOOKS": 1}.items():
            patch.setattr(speed, name, least)
        yield


@contextmanager
def sketched() -> Iterator[None]:
    """Figures are made and written, but empty: to draw those of a report takes a quarter of the time of a whole run."""
    from matplotlib.figure import Figure

    draw = Figure.savefig
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_ean.escaping.matplotlib", lambda figure: None)  # It makes all ticks, to look at them.
        patch.setattr(Figure, "savefig", lambda figure, *places, **options: draw(Figure((1, 1)), *places, **options))
        yield


@contextmanager
def read_back_here() -> Iterator[None]:
    """Exported artefacts are read back in this process: a fresh one (tests/exporting) first imports TensorFlow."""
    from keras_ean.exporting import fresh_process, verifier

    fresh = fresh_process.python

    def python(arguments, backend, needs_code):
        if arguments[0] != str(fresh_process.SCRIPT):
            return fresh(arguments, backend, needs_code)
        questions = Path(arguments[-1])
        answers = [verifier.run(question) for question in json.loads(questions.read_text())["questions"]]
        (questions.parent / "results.json").write_text(json.dumps({"answers": answers, "knows_keras_ean": False}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fresh_process, "python", python)
        yield
