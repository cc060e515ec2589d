"""Every format × every attention module passes its receipt, and every module in a plugged model, whose layers are the
same, in the formats in turn. A network has several modules, one a block; two processes check them all."""

import json

import pytest

import keras_ean as ean
from keras_ean.exporting import Export, export_all, formats
from keras_ean.exporting.receipt import receipt_path
from keras_ean.plugging import plug
from tests.attention.helpers import one_a_block
from tests.small_backbone import Small

pytestmark = pytest.mark.tensorflow
SHAPE, CLASSES = (8, 8, 1), 3
MODULES, FORMATS = ean.attention.available(), formats.available()
GROUPS = [MODULES[turn :: len(FORMATS)] for turn in range(len(FORMATS))]


def plugged(modules):
    """One after another, each at a block of its own."""
    model = ean.build_network(Small((len(modules),)), "se", "0" * len(modules), SHAPE, CLASSES, name="backbone")
    for block, name in enumerate(modules):
        model = plug(model, name, scheme=[int(place == block) for place in range(len(modules))])
    return model


def test_receipts(tmp_path):
    exports = []
    for format, modules in zip(FORMATS, GROUPS, strict=True):
        network = one_a_block(Small((len(modules),)), modules, SHAPE, CLASSES)
        names = "-".join(modules)
        exports += [Export(network, tmp_path / f"network_{each}_{names}", each) for each in FORMATS]
        exports.append(Export(plugged(modules), tmp_path / f"plugged_{format}_{names}", format))
    for receipt in export_all(exports, verbose=False):
        assert receipt.max_difference <= receipt.tolerance
        assert receipt.top1_agreement == 1
        stored = json.loads(receipt_path(receipt.path).read_text())
        assert stored["format"] == receipt.format
        places = sorted(place for places in stored["connected"].values() for place in places)
        assert places == [*range(len(places))]
        assert len(places) in map(len, GROUPS)
