"""What a receipt says and when it passes, for answers that are made up here."""

import gzip
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_ean.exporting import ParityError, exporter
from keras_ean.exporting.base import REGISTRY, Format
from keras_ean.exporting.fresh_process import Answer
from keras_ean.exporting.receipt import Receipt, is_export, receipt_path, sizes

IMAGES = np.array([[3, 1, 0], [0, 2, 0], [0, 0, -8]], "float32").reshape(3, 1, 1, 3)
"""The network's outputs are the pixels; the classes 0, 1 and 0."""
CONTENT = b"weights " * 100


@dataclass(frozen=True)
class Bytes(Format):
    suffix = ".bin"
    backend = None
    agreement = 0.9

    def write(self, model, path, signature):
        path.write_bytes(CONTENT)

    @staticmethod
    def read(path):
        raise NotImplementedError


@pytest.fixture
def receipt_of(tmp_path, monkeypatch):
    """A function that exports the network to an artefact which predicts what is given, and hands out the receipt."""
    monkeypatch.setitem(REGISTRY.classes, "bytes", Bytes)
    network = keras.Sequential([keras.Input((1, 1, 3)), keras.layers.Flatten()])

    def export(change=lambda outputs: outputs, alone=(3, 1, 0), images=IMAGES, **options):
        def run(questions):
            outputs = [change(question.images.reshape(-1, 3).astype("float64")) for question in questions]
            return [Answer([one], [np.array(alone)], 1.25, "slowly") for one in outputs]

        monkeypatch.setattr(exporter.fresh_process, "run", run)
        return exporter.export(network, tmp_path / "mine", "bytes", images=images, verbose=False, **options)

    return export


def add(values):
    return lambda outputs: outputs + np.array(values)


def test_everything_that_was_measured_is_told(receipt_of, tmp_path):
    receipt = receipt_of(add([[0, 0, 0], [0, 0, 2.5], [0, 0, 0]]), tolerance=1, agreement=0.5)
    assert receipt.path == tmp_path / "mine.bin"
    assert (receipt.format, receipt.options) == ("bytes", Bytes().get_config())
    assert (receipt.input_shape, receipt.batch_size) == ((1, 1, 3), None)
    assert (receipt.scheme, receipt.connected, receipt.parameters) == (None, {}, 0)
    assert (receipt.size_bytes, receipt.gzip_bytes) == (800, len(gzip.compress(CONTENT, mtime=0)))
    assert (receipt.max_difference, receipt.tolerance) == (2.5, 8)
    assert receipt.top1_agreement == 3 / 4  # Of three images together, and the first one alone.
    assert (receipt.latency_ms, receipt.note, receipt.images) == (1.25, "slowly", "3 images given")
    assert (receipt.rebuilt_from, receipt.rebuilt_difference) == (None, None)
    assert receipt.versions["keras"] == keras.__version__
    assert receipt.sha256 == {"": hashlib.sha256(CONTENT).hexdigest()}
    stored = json.loads((tmp_path / "mine.bin.receipt.json").read_text())
    assert stored == {**json.loads(receipt.to_json())}
    assert "path" not in stored


def test_the_first_image_alone_counts(receipt_of):
    receipt = receipt_of(alone=(3, 1, 4.5), tolerance=1, agreement=0.5)
    assert (receipt.max_difference, receipt.top1_agreement) == (4.5, 3 / 4)


def test_the_allowed_difference_grows_with_logits_above_one(receipt_of):
    assert receipt_of().tolerance == pytest.approx(8e-5)
    assert receipt_of(images=IMAGES / 16, alone=IMAGES[0].ravel() / 16).tolerance == pytest.approx(1e-5)


def test_the_network_is_asked_as_at_inference():
    class Restless(keras.layers.Layer):
        def call(self, x, training=True):
            return x + 1.0 if training else x

    network = keras.Sequential([keras.Input((1, 1, 3)), Restless(), keras.layers.Flatten()])
    np.testing.assert_array_equal(exporter.predict(network, IMAGES), [IMAGES.reshape(3, 3)])


def test_a_difference_may_reach_what_is_allowed(receipt_of):
    assert receipt_of(add(0.5), tolerance=0.0625).max_difference == 0.5
    with pytest.raises(ParityError, match=r"mine.bin: an output differs by 0.516, allowed 0.5\."):
        receipt_of(add(0.515625), tolerance=0.0625)


def test_given_images_must_agree_as_the_format_asks_and_noise_need_not(receipt_of):
    other = add([[0, 0, 0], [0, 0, 2.5], [0, 0, 0]])
    with pytest.raises(ParityError, match="the class is the same on 75.0% of 3 images given, needed 90.0%"):
        receipt_of(other, tolerance=1)
    with pytest.raises(ParityError, match="needed 76.0%"):
        receipt_of(other, tolerance=1, agreement=0.76)
    assert receipt_of(other, tolerance=1, agreement=0.75).top1_agreement == 0.75
    noise = receipt_of(np.negative, images=None, tolerance=9)
    assert noise.top1_agreement < 0.2
    assert noise.images == f"{exporter.NOISE_IMAGES} images of noise"
    with pytest.raises(ParityError, match="images of noise, needed 50.0%"):
        receipt_of(np.negative, images=None, tolerance=9, agreement=0.5)


def test_a_receipt_reads_as_a_line():
    receipt = Receipt(
        path=Path("mine"), format="keras", options={}, scheme="1 0", connected={}, parameters=5, input_shape=(8, 8, 1),
        batch_size=None, size_bytes=12_340, gzip_bytes=5_678, max_difference=1.2e-6, tolerance=1e-5,
        top1_agreement=0.9876, latency_ms=3.14159, images="32 images given",
    )  # fmt: skip
    line = (
        "mine · keras · scheme 1 0 · 12.3 kB (5.7 kB gzipped) · max difference 1.2e-06 (allowed 1.0e-05) · "
        "top-1 agreement 98.8 % on 32 images given · 3.14 ms"
    )
    assert str(receipt) == line
    assert str(replace(receipt, note="slowly", scheme=None)) == line.replace("scheme 1 0 · ", "") + " · slowly"


def test_receipts_lie_in_folders_and_beside_files(tmp_path):
    folder, file = tmp_path / "folder", tmp_path / "file.bin"
    (folder / "deep").mkdir(parents=True)
    file.write_bytes(CONTENT)
    (folder / "deep/part").write_bytes(CONTENT)
    assert receipt_path(folder) == folder / "receipt.json"
    assert receipt_path(file) == tmp_path / "file.bin.receipt.json"
    assert sizes(file) == sizes(folder) == (800, len(gzip.compress(CONTENT, mtime=0)))
    assert not is_export(folder, "bytes")
    for text, known in (('{"format": "bytes"}', True), ('{"format": "other"}', False), ("[]", False), ("{", False)):
        (folder / "receipt.json").write_text(text)
        assert is_export(folder, "bytes") is known
