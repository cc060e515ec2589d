import json
import os
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.exporting import Export, ParityError, export, export_all, formats
from keras_ean.exporting.base import REGISTRY, Format
from tests.small_backbone import Small


@dataclass(frozen=True)
class Recorded(Format):
    """The outputs themselves, off by a known amount; reading them takes no time."""

    suffix = ".npy"
    backend = None
    offset: Any = 0.0  # Also NaN, which an option that is a number may not be.

    def write(self, model, path, signature):
        np.save(path, np.array(model(signature.images)) + self.offset)

    @staticmethod
    def read(path):
        import numpy as np

        return lambda images: np.load(path)[: len(images)]


@pytest.fixture(autouse=True)
def _recorded(monkeypatch):
    monkeypatch.setitem(REGISTRY.classes, "recorded", Recorded)


@pytest.mark.usefixtures("read_back_here")  # tests/exporting/test_matrix.py does without.
def test_keras_file_without_tensorflow(network, tmp_path, images, capsys):
    receipt = export(network, tmp_path / "mine", format="keras", images=images[0], scheme="1 0 1")
    assert receipt.path == tmp_path / "mine.keras"
    assert "mine.keras · keras · scheme 1 0 1" in capsys.readouterr().out
    stored = json.loads((tmp_path / "mine.keras.receipt.json").read_text())
    assert stored["images"] == "32 images given"
    assert str(tmp_path) not in json.dumps(stored)
    assert sorted(os.listdir(tmp_path)) == ["mine.keras", "mine.keras.receipt.json"]
    loaded = keras.saving.load_model(receipt.path)
    np.testing.assert_allclose(loaded(images[0]), network(images[0]), atol=1e-6)


def test_without_parity_nothing_stays(network, tmp_path, images):
    good = Export(network, tmp_path / "good", Recorded(), images[0])
    bad = Export(network, tmp_path / "bad", Recorded(1e-3), images[0])
    with pytest.raises(ParityError, match=r"bad.npy: an output differs by 0.001, allowed"):
        export_all([good, bad])
    assert os.listdir(tmp_path) == []


def test_not_a_number_is_no_parity(network, tmp_path, images):
    with pytest.raises(ParityError, match="differs by nan"):
        export(network, tmp_path / "mine", "recorded", images=images[0], offset=float("nan"))


def test_a_network_that_is_not_finite_is_not_exported(network, tmp_path, images):
    lost = keras.models.clone_model(network)
    lost.set_weights(network.get_weights())
    lost.layers[-1].bias.assign(lost.layers[-1].bias * np.nan + np.nan)
    with pytest.raises(ValueError, match=r"The weights \S*bias of the network are not finite"):
        export(lost, tmp_path / "mine", "recorded", images=images[0])
    with pytest.raises(ValueError, match="predicts values that are not finite on the images to compare on"):
        export(network, tmp_path / "mine", "recorded", images=images[0] * np.float32(np.inf))
    assert not list(tmp_path.iterdir())


def test_a_tolerance_of_ones_own(network, tmp_path, images):
    options = {"images": images[0], "verbose": False, "offset": 1e-3}
    receipt = export(network, tmp_path / "mine", "recorded", tolerance=0.01, **options)
    assert receipt.max_difference == pytest.approx(1e-3, rel=0.01)
    assert receipt.top1_agreement == 1


def test_agreement_is_asked_for(network, tmp_path, images):
    with pytest.raises(ParityError, match=r"the class is the same on 100.0% of 32 images given, needed 110.0%"):
        export(network, tmp_path / "mine", "recorded", images=images[0], agreement=1.1)


def test_an_artefact_that_does_not_run(network, tmp_path, images, monkeypatch):
    monkeypatch.setattr(Recorded, "source", lambda self: "def read(path): raise ValueError('unreadable')")
    with pytest.raises(RuntimeError, match="unreadable"):
        export(network, tmp_path / "mine", "recorded", images=images[0])
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "savedmodel"}, "Unknown export format 'savedmodel'. Did you mean 'saved_model'"),
        ({"format": "litert", "quantisation": "int8"}, "Unknown option 'quantisation'"),
        ({"format": "litert", "quantization": "int4"}, "float32, float16, dynamic_int8, int8, not 'int4'"),
        ({"format": "keras", "images": np.ones((2, 8, 8, 3))}, r"the shape \(n, \*\(8, 8, 1\)\), not \(2, 8, 8, 3\)"),
        ({"format": "keras", "batch_size": 3}, "takes any batch"),
    ],
)
def test_refused_options(network, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        export(network, tmp_path / "mine", **options)
    assert os.listdir(tmp_path) == []


def test_files_have_the_suffix_that_others_know():
    suffixes = {name: formats.get(name).suffix for name in ("keras", "litert", "onnx", "saved_model")}
    assert suffixes == {"keras": ".keras", "litert": ".tflite", "onnx": ".onnx", "saved_model": ""}


def test_refused_suffix(network, tmp_path):
    with pytest.raises(ValueError, match=r"ends in .keras, but the path is 'mine.tflite'"):
        export(network, tmp_path / "mine.tflite", format="keras")


def test_missing_extra(network, tmp_path, monkeypatch):
    monkeypatch.setattr(formats.get("onnx").__class__, "modules", ("tf2onnx_is_not_here",))
    with pytest.raises(ImportError, match=r"pip install 'keras-ean\[onnx\]'"):
        export(network, tmp_path / "mine", format="onnx")


@pytest.mark.tensorflow
def test_other_folders_are_not_deleted(network, tmp_path):
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(FileExistsError, match="a folder with other content"):
        export(network, tmp_path)
    assert os.listdir(tmp_path) == ["photo.jpg"]


@pytest.fixture
def folder_format():
    """A format of somebody else's: a folder with the outputs, read by NumPy."""

    @formats.register("arrays")
    @dataclass(frozen=True)
    class Arrays(Recorded):
        suffix = ""

        def write(self, model, path, signature):
            path.mkdir()
            super().write(model, path / "outputs.npy", signature)

        @staticmethod
        def read(path):
            import numpy as np

            return lambda images: np.load(f"{path}/outputs.npy")[: len(images)]

    yield "arrays"
    del REGISTRY.classes["arrays"]


def test_an_export_to_a_folder_replaces_an_earlier_one_of_the_same_format(network, tmp_path, images, folder_format):
    options = {"format": folder_format, "images": images[0], "verbose": False}
    for scheme in ("1 0 1", "0 0 1"):
        export(network, tmp_path / "mine", scheme=scheme, **options)
    assert json.loads((tmp_path / "mine/receipt.json").read_text())["scheme"] == "0 0 1"
    assert sorted(os.listdir(tmp_path / "mine")) == ["outputs.npy", "receipt.json"]
    assert os.listdir(tmp_path) == ["mine"]
    (tmp_path / "mine/receipt.json").write_text('{"format": "saved_model"}')
    with pytest.raises(FileExistsError, match="a folder with other content"):
        export(network, tmp_path / "mine", **options)
    assert (tmp_path / "mine/outputs.npy").is_file()


@pytest.mark.usefixtures("read_back_here")
def test_saved_model_on_any_backend(network, tmp_path):
    """On JAX the weights are carried to a process with TensorFlow."""
    receipt = export(network, tmp_path / "mine", verbose=False)
    assert receipt.max_difference <= receipt.tolerance < 1e-3
    assert (receipt.path / "saved_model.pb").exists()
    assert json.loads((receipt.path / "receipt.json").read_text())["scheme"] == "1 0 1"


def test_supernets_are_not_exported(tmp_path):
    supernet = ean.build_supernet(ean.backbones.get("resnet8", width=4), "se", (8, 8, 1), 10)
    with pytest.raises(ValueError, match="extract the network of a scheme first"):
        export(supernet, tmp_path / "mine")


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here")
def test_mixed_precision_extraction_and_fixed_batches(network, tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = ean.build_network(Small((1, 1, 1)), "dia", "1 0 1", (8, 8, 1), 10)
    finally:
        keras.config.set_dtype_policy("float32")
    supernet = ean.build_supernet(Small((1, 1, 1)), "se", (8, 8, 1), 10)
    kinds = ("saved_model", "onnx", "litert")
    fixed = [Export(network, tmp_path / kind, kind, batch_size=5) for kind in kinds]
    exports = [Export(half, tmp_path / "half"), Export(supernet.extract("0 1 1"), tmp_path / "extracted"), *fixed]
    receipts = export_all(exports, verbose=False)
    assert receipts[0].rebuilt_from == "mixed_float16"
    assert 0 < receipts[0].rebuilt_difference < 0.05
    assert [receipt.scheme for receipt in receipts[:2]] == ["1 0 1", "0 1 1"]
    assert [receipt.batch_size for receipt in receipts] == [None, None, 5, 5, 5]
    assert all(receipt.max_difference <= receipt.tolerance for receipt in receipts)


def test_one_output_by_name_or_in_a_list(network, tmp_path, images):
    wrapped = {"named": {"digit": network.output}, "listed": [network.output]}
    jobs = [
        Export(keras.Model(network.input, output), tmp_path / name, Recorded(), images[0])
        for name, output in wrapped.items()
    ]
    expected = keras.ops.convert_to_numpy(network(images[0]))
    for receipt in export_all(jobs, verbose=False):
        assert receipt.max_difference < 1e-6
        np.testing.assert_allclose(np.load(receipt.path), expected, atol=1e-6)
