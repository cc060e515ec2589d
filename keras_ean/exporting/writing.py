"""Writes a network with the backend that its format needs, in another process if that is not the one in use."""

import json
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

from keras_ean.exporting import fresh_process, prepare
from keras_ean.exporting.base import Format, Signature
from keras_ean.exporting.verifier import import_known


def write(format: Format, network: keras.Model, path: Path, signature: Signature) -> None:
    """Writes here, or carries the network as a .keras file to a process with TensorFlow.

    Raises:
        RuntimeError: The other process failed; the message has its last lines.
        ValueError: The network has layers that another process cannot import.
    """
    if format.backend in (None, keras.backend.backend()):
        format.write(network, path, signature)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        network.save(root / "network.keras")
        if signature.images is not None:
            np.save(root / "images.npy", signature.images)
        description = {
            "format": keras.saving.serialize_keras_object(format),
            "imports": prepare.code_modules(network),
            "path": str(path.resolve()),
            "batch_size": signature.batch_size,
            "image_shape": signature.image_shape,
            "outputs": signature.outputs,
        }
        (root / "job.json").write_text(json.dumps(description))
        fresh_process.python(["-m", "keras_ean.exporting.writing", folder], format.backend, needs_code=True)


def receive(root: Path) -> None:
    """The other process's side of `write`."""
    job = json.loads((root / "job.json").read_text())
    for module in job["imports"]:
        import_known(module)
    network = keras.saving.load_model(root / "network.keras", compile=False)
    images = np.load(root / "images.npy") if (root / "images.npy").exists() else None
    format = keras.saving.deserialize_keras_object(job["format"])
    signature = Signature(job["batch_size"], tuple(job["image_shape"]), images, tuple(job["outputs"]))
    format.write(network, Path(job["path"]), signature)


if __name__ == "__main__":
    receive(Path(sys.argv[1]))
