"""Runs artefacts in a fresh process and hands back what they predict."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from keras_ean.children import watched

SCRIPT = Path(__file__).with_name("verifier.py")


@dataclass(frozen=True)
class Question:
    """One artefact to run.

    Args:
        source: The source of the function `read(path)`.
        artefact: The file or folder to read.
        images: The images to predict, float32 (n, height, width, channels).
        batch_size: The number of images per call; None means any number.
        imports: The modules to import first, for artefacts that are not standalone.
        names: The names of several outputs, in their order.
    """

    source: str
    artefact: Path
    images: np.ndarray
    batch_size: int | None = None
    imports: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Predictions of all images, (n, classes) for each output, of the first image alone, (classes,), and milliseconds
    per batch.

    `note` tells what the artefact needs to run beyond the default.
    """

    outputs: Sequence[np.ndarray]
    alone: Sequence[np.ndarray]
    latency_ms: float
    note: str


def run(questions: Sequence[Question]) -> list[Answer]:
    """Standalone artefacts share one process that never imports keras_ean; others share a second one.

    Raises:
        RuntimeError: An artefact could not be read or run; the message has the process's last lines.
    """
    answers: dict[int, Answer] = {}
    for needs_code in (False, True):
        chosen = [index for index, question in enumerate(questions) if bool(question.imports) == needs_code]
        if chosen:
            answers.update(zip(chosen, _run([questions[index] for index in chosen], needs_code), strict=True))
    return [answers[index] for index in range(len(questions))]


def _run(questions: Sequence[Question], needs_code: bool) -> list[Answer]:
    with tempfile.TemporaryDirectory() as folder:
        root, described = Path(folder), []
        for index, question in enumerate(questions):
            np.save(root / f"images_{index}.npy", question.images)
            # By another name: TensorFlow takes some characters in a path for a pattern.
            place = root / f"artefact_{index}{question.artefact.suffix}"
            place.symlink_to(question.artefact.resolve())
            described.append(
                {
                    "source": question.source,
                    "artefact": str(question.artefact.resolve()),
                    "place": str(place),
                    "images": str(root / f"images_{index}.npy"),
                    "outputs": str(root / f"outputs_{index}.npz"),
                    "batch_size": question.batch_size,
                    "imports": list(question.imports),
                    "names": list(question.names),
                }
            )
        (root / "questions.json").write_text(json.dumps({"questions": described}))
        backend = keras.backend.backend() if needs_code else "tensorflow"
        python([str(SCRIPT), str(root / "questions.json")], backend, needs_code)
        results = json.loads((root / "results.json").read_text())
        if results["knows_keras_ean"] and not needs_code:
            raise RuntimeError(
                "The process that shows that an artefact runs without keras_ean has imported keras_ean by itself, so "
                "it shows nothing. Look for what imports it whenever Python starts, such as a file sitecustomize.py."
            )
        return [
            Answer(
                outputs=[outputs[f"arr_{place}"] for place in range(len(outputs))],
                alone=[np.asarray(output) for output in answer["alone"]],
                latency_ms=answer["latency_ms"],
                note=answer["note"],
            )
            for index, answer in enumerate(results["answers"])
            for outputs in [dict(np.load(root / f"outputs_{index}.npz"))]
        ]


def python(arguments: Sequence[str], backend: str, needs_code: bool) -> None:
    """Runs the same Python on the CPU; with `needs_code`, it finds the modules that this process finds.

    Raises:
        RuntimeError: The process failed; the message has its last lines.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": backend}
    environment |= {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    if needs_code:
        environment["PYTHONPATH"] = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    # -P keeps the script's folder out of the module path, where names of formats could hide packages.
    process = subprocess.run(
        [sys.executable, "-P", "-c", watched(), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if process.returncode:
        lines = process.stderr.strip().splitlines()
        which = [line for line in lines[:-12] if line.startswith("artefact: ")][-1:]
        tail = "\n".join(which + lines[-12:])
        raise RuntimeError(f"The artefact could not be written, or read and run, in a fresh process:\n{tail}")
