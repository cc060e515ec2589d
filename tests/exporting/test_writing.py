"""A network that is carried to a process with another backend, which here is this one."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_ean.exporting import formats, writing
from keras_ean.exporting.base import Signature

IMAGES = np.random.default_rng(0).normal(size=(3, 8, 8, 1)).astype("float32")


@pytest.mark.parametrize("images", [None, IMAGES], ids=["no images", "images"])
def test_the_other_process_gets_the_network_and_its_signature(network, tmp_path, monkeypatch, images):
    asked, written = [], []

    def python(arguments, backend, needs_code):
        asked.append((arguments[:-1], backend, needs_code))
        writing.receive(Path(arguments[-1]))

    kind = type(formats.get("keras"))
    monkeypatch.setattr(kind, "backend", "elsewhere")
    monkeypatch.setattr(kind, "write", lambda self, *arguments: written.append(arguments))
    monkeypatch.setattr(writing.fresh_process, "python", python)

    def own_loss(labels, logits):
        """Not known there."""
        return 0.0

    network.compile(loss=own_loss)
    writing.write(formats.get("keras"), network, tmp_path / "mine", Signature(5, (8, 8, 1), images))
    assert asked == [(["-m", "keras_ean.exporting.writing"], "elsewhere", True)]
    [(carried, path, signature)] = written
    assert path == (tmp_path / "mine").resolve()
    assert (signature.batch_size, signature.image_shape) == (5, (8, 8, 1))
    np.testing.assert_array_equal(signature.images, images)
    outputs = [keras.ops.convert_to_numpy(model(IMAGES)) for model in (carried, network)]
    np.testing.assert_array_equal(*outputs)
    assert not carried.compiled
