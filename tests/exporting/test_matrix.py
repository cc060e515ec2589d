"""Every format × every attention module × {network, plugged model} passes its receipt; two processes check them all."""

import json

import keras
import pytest

import keras_ean as ean
from keras_ean.exporting import Export, export_all, formats
from keras_ean.exporting.receipt import receipt_path
from keras_ean.plugging import plug

pytestmark = pytest.mark.tensorflow
KINDS = ("network", "plugged")
BACKBONE = ean.backbones.get("resnet8", width=4)


def build(attention: str, kind: str) -> keras.Model:
    if kind == "network":
        return ean.build_network(BACKBONE, attention, "1 0 1", (8, 8, 1), 3)
    plain = ean.build_network(BACKBONE, attention, "0 0 0", (8, 8, 1), 3, name="backbone")
    return plug(plain, attention, scheme="1 0 1")


@pytest.fixture(scope="module")
def receipts(tmp_path_factory):
    folder, exports = tmp_path_factory.mktemp("exports"), {}
    for attention in ean.attention.available():
        for kind in KINDS:
            network = build(attention, kind)
            for format in formats.available():
                path = folder / f"{attention}_{kind}_{format}"
                exports[attention, kind, format] = Export(network, path, format)
    return dict(zip(exports, export_all(list(exports.values()), verbose=False), strict=True))


@pytest.mark.parametrize("format", formats.available())
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attention", ean.attention.available())
def test_receipt(receipts, attention, kind, format):
    receipt = receipts[attention, kind, format]
    assert receipt.max_difference <= receipt.tolerance
    assert receipt.top1_agreement == 1
    stored = json.loads(receipt_path(receipt.path).read_text())
    assert stored["format"] == format
    assert [place for places in stored["connected"].values() for place in places] == [0, 2]
