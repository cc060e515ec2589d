"""TensorFlow's fault with odd batches on CPUs: in a process of its own, since it takes that with it."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest

from keras_ean import backbones, build_network, onednn, plug, plug_supernet
from keras_ean.data import Split
from keras_ean.training import fit
from tests import forks

SHRINKING = """
import keras, numpy as np, tempfile
import keras_ean as ean
from keras_ean.data import Split
from keras_ean.training import fit
from tests.test_onednn import shrinking

draw = np.random.default_rng(0)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
network = ean.build_network(ean.backbones.get("resnet8", width=8), "se", "0 0 0", (16, 16, 3), 5)
for model, images in ((network, 150), (shrinking(), 75)):
    model.compile("sgd", loss, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    split = Split(draw.normal(size=(images, 16, 16, 3)).astype("float32"), draw.integers(0, 5, images))
    with tempfile.TemporaryDirectory() as folder:
        fit(model, split.batches(75), 20, folder, keep=False, verbose=0)
print("all trained")
"""


def shrinking():
    """A model of somebody else's with such a convolution."""
    layers = [
        keras.layers.Conv2D(8, 3, name="first"),
        keras.layers.Conv2D(16, 1, 2),
        keras.layers.GlobalAveragePooling2D(),
    ]
    return keras.Sequential([keras.Input((16, 16, 3)), *layers, keras.layers.Dense(5)])


@pytest.mark.tensorflow
def test_what_the_library_trains_survives_odd_batches():
    process = forks.run("-c", SHRINKING)
    assert (process.returncode, process.stdout) == (0, "all trained\n"), process.stderr[-500:]


@pytest.mark.tensorflow
def test_who_fits_a_plugged_model_is_warned_where_the_machine_has_the_fault(monkeypatch):
    for fault in (True, False):
        monkeypatch.setattr(onednn, "_has_the_fault", lambda fault=fault: fault)
        expected = pytest.warns(onednn.OddBatchWarning, match="even batches") if fault else nullcontext()
        with expected:
            plug(shrinking(), "se", at=["first"])
    assert plug_supernet(shrinking(), "se", at=["first"]).stages == (1,)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["resnet8", "resnet18", "preresnet20", "resnext29_8x64", "wrn-16-4"])
def test_backbones_of_any_width_have_no_such_convolution(name):
    backbone = backbones.get(name, width=4)
    assert onednn.faulty(build_network(backbone, "se", [0] * sum(backbone.stages), (32, 32, 3), 5)) == []


@pytest.mark.tensorflow
def test_other_models_get_even_batches_without_a_loss_of_images(tmp_path):
    split = Split(np.zeros((11, 16, 16, 3), "uint8"), np.arange(11) % 5)
    for size, images in ((4, [4, 4, 4]), (3, [4, 4, 4, 2]), (11, [12])):
        batches = split.batches(size, shuffle=True)
        model = shrinking()
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        fit(model, batches, 1, tmp_path, keep=False, verbose=0)
        assert [len(y) for _, y in batches] == images
        order = batches.order_in(0)
        assert {row for index in range(len(batches)) for row in batches.rows(order, index)} == set(range(11))
