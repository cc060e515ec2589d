"""Every residual family of keras.applications: the places counted against the papers' tables, outputs and weights."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_ean import catalogue
from keras_ean.plugging import attachment_points, plug

from .small_models import batch, outputs

# Family → image size, blocks per stage. Inverted residuals add only where neither stride nor width changes.
FAMILIES = {
    "ResNet50": (32, (3, 4, 6, 3)),  # 1512.03385, table 1
    "ResNet50V2": (32, (3, 4, 6, 3)),  # 1603.05027; the last block of a stage has the stride
    "MobileNetV2": (32, (1, 2, 3, 2, 2)),  # 1801.04381, table 2: n − 1
    "MobileNetV3Small": (32, (1, 2, 1, 2)),  # 1905.02244, table 2
    "EfficientNetB0": (32, (1, 1, 2, 2, 3)),  # 1905.11946, table 1: layers − 1
    "EfficientNetV2B0": (32, (1, 1, 2, 4, 7)),
    "ConvNeXtTiny": (32, (3, 3, 9, 3)),  # 2201.03545
    "Xception": (71, (1, 1, 1 + 8, 1)),  # 1610.02357, figure 5: a projection for each of the entry's and exit's blocks
    "NASNetMobile": (64, (3, 4, 4, 4)),  # 4 normal cells per stage, and the stem's reduction cell of one input
}


PLUG = (Path(__file__).parents[2] / "docs" / "plug.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=list(FAMILIES))
def family(request):
    size, blocks = FAMILIES[request.param]
    keras.utils.set_random_seed(0)
    build = getattr(keras.applications, request.param)
    model = build(weights=None, input_shape=(size, size, 3), classes=7, classifier_activation=None)
    x = batch(model, 2) * 255
    row = catalogue.table(catalogue.places_row(request.param, model), ()).splitlines()[0]
    return model, blocks, x, outputs(model, x), row


def test_the_places(family):
    model, blocks, *_ = family
    points = attachment_points(model)
    assert points.stages == blocks
    assert all(point.addition and point.branch_end for point in points)


def test_documentation_has_the_row(family):
    """Put the output of `python -m keras_ean.catalogue` into docs/plug.md."""
    assert family[-1] in PLUG.splitlines()


def test_outputs_and_weights(family):
    """With attention that starts as the identity; tests/plugging/test_plugged.py has plugs without any."""
    model, _, x, expected, _ = family
    assert expected.std() > 0
    plugged = plug(model, "se", identity_init=True)
    np.testing.assert_array_equal(outputs(plugged, x), expected)
    for layer in model._flatten_layers():
        if layer.weights and not layer._layers:
            for old, new in zip(layer.weights, plugged.get_layer(layer.name).weights, strict=True):
                assert keras.ops.convert_to_numpy(old).tobytes() == keras.ops.convert_to_numpy(new).tobytes()
