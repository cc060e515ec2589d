"""Every format × every attention module passes its receipt, and every module in a plugged model, whose layers are the
same, in the formats in turn; two processes check them all."""

import json

import keras
import pytest

import keras_ean as ean
from keras_ean.exporting import Export, export_all, formats
from keras_ean.exporting.receipt import receipt_path
from keras_ean.plugging import plug
from tests.small_backbone import Small

pytestmark = pytest.mark.tensorflow
BACKBONE = Small((1, 1))


def build(attention: str, kind: str) -> keras.Model:
    if kind == "network":
        return ean.build_network(BACKBONE, attention, "1 1", (8, 8, 1), 3)
    plain = ean.build_network(BACKBONE, attention, "0 0", (8, 8, 1), 3, name="backbone")
    return plug(plain, attention, scheme="1 1")


def test_receipts(tmp_path):
    every, exports = formats.available(), []
    for turn, attention in enumerate(ean.attention.available()):
        for kind, own in (("network", every), ("plugged", every[turn % len(every) :][:1])):
            network = build(attention, kind)
            exports += [Export(network, tmp_path / f"{kind}_{attention}_{format}", format) for format in own]
    for receipt in export_all(exports, verbose=False):
        assert receipt.max_difference <= receipt.tolerance
        assert receipt.top1_agreement == 1
        stored = json.loads(receipt_path(receipt.path).read_text())
        assert stored["format"] == receipt.format
        assert [place for places in stored["connected"].values() for place in places] == [0, 1]
