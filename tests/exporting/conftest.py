"""One small network for many tests; nothing changes its weights."""

import pytest

import keras_ean as ean


@pytest.fixture(scope="session")
def network():
    return ean.build_network(ean.backbones.get("resnet8", width=8), "sge", "1 0 1", (8, 8, 1), 10)
