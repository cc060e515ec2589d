"""Networks with several outputs."""

import json
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.exporting import Export, ParityError, export, export_all, formats
from keras_ean.exporting.base import REGISTRY, Format
from keras_ean.exporting.preprocess import Preprocess
from keras_ean.exporting.receipt import receipt_path

L = keras.layers
NAMES = ("age", "kind", "place")


@pytest.fixture(scope="module")
def outputs():
    """A number, three classes, and a map, from one image; in another order than that of their names."""
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 1))
    x = L.Conv2D(4, 3, padding="same")(image)
    pooled = L.GlobalAveragePooling2D()(x)
    found = {"kind": L.Dense(3, name="kind")(pooled), "place": L.Conv2D(1, 1, name="place")(x)}
    return image, {**found, "age": L.Dense(1, name="age")(pooled)}


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here")
def test_they_keep_their_names(outputs, tmp_path, images):
    import onnxruntime
    import tensorflow as tf

    image, found = outputs
    named, listed = keras.Model(image, found), keras.Model(image, list(found.values()))
    kinds = [*formats.available(), formats.get("litert", quantization="int8")]
    jobs = [Export(named, tmp_path / f"named_{place}", kind, images[0]) for place, kind in enumerate(kinds)]
    jobs += [Export(listed, tmp_path / f"listed_{place}", kind, images[0]) for place, kind in enumerate(kinds)]
    receipts = export_all(jobs, verbose=False)
    for receipt in receipts:
        assert receipt.max_difference <= receipt.tolerance
        names = NAMES if "named" in receipt.path.name else ("kind", "place", "age")
        assert receipt.outputs == tuple(json.loads(receipt_path(receipt.path).read_text())["outputs"]) == names
    of_format = {receipt.format: receipt.path for receipt in receipts[: len(kinds)]}
    expected = named(images[0])
    served = tf.saved_model.load(of_format["saved_model"]).signatures["serving_default"](tf.constant(images[0]))
    for name in NAMES:
        np.testing.assert_allclose(served[name], expected[name], rtol=1e-4, atol=1e-5)
    session = onnxruntime.InferenceSession(of_format["onnx"])
    assert {output.name for output in session.get_outputs()} == set(NAMES)
    loaded = keras.models.load_model(of_format["keras"])
    np.testing.assert_allclose(loaded(images[0])["age"], expected["age"], rtol=1e-4, atol=1e-5)


@dataclass(frozen=True)
class Off(Format):
    """The outputs, of which the last is off by a known amount."""

    suffix = ".npz"
    backend = None
    offset: Any = 0.0

    def write(self, model, path, signature):
        *others, last = (np.array(output) for output in keras.tree.flatten(model(signature.images)))
        np.savez(path, *others, last + self.offset)

    @staticmethod
    def read(path):
        import numpy as np

        stored = np.load(path)
        return lambda images: [stored[f"arr_{place}"][: len(images)] for place in range(len(stored))]


@pytest.mark.usefixtures("read_back_here")
@pytest.mark.parametrize("offset", [1e-3, float("nan")])
def test_each_must_be_the_same(outputs, tmp_path, images, monkeypatch, offset):
    monkeypatch.setitem(REGISTRY.classes, "off", Off)
    network = keras.Model(outputs[0], outputs[1])
    assert export(network, tmp_path / "same", Off(), images=images[0], verbose=False).outputs == NAMES
    with pytest.raises(ParityError, match=r"differs by (0\.001|nan), allowed"):
        export(network, tmp_path / "other", Off(offset), images=images[0])


@pytest.mark.tensorflow
def test_what_names_a_class_needs_one_output(outputs, tmp_path):
    network = keras.Model(outputs[0], outputs[1])
    with pytest.raises(ValueError, match="a network with one output, but this one has age, kind, place"):
        ean.export(network, tmp_path / "mine", class_names=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"the outputs age, kind, place: leave it out"):
        ean.export(network, tmp_path / "mine", preprocess=Preprocess())
    assert not list(tmp_path.iterdir())
