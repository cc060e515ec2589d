"""Every registered module on representative backbones; a new module needs no change here."""

from functools import cache
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean import backbones, backend
from keras_ean.backbones.base import REGISTRY
from keras_ean.supernet.network import transfer_weights

from .helpers import Narrow, close, run

MODULES = ean.attention.available()
NORMS = {"BatchNorm": Narrow(), "LayerNorm": backbones.get("convnext_tiny", depths=(2,), width=8, patch=2)}
TURNS = [(name, list(NORMS)[turn % 2]) for turn, name in enumerate(MODULES)]
"""What costs much is done once a module, on the two backbones in turn."""
FAMILIES = [
    backbones.get("resnet8", width=4),
    backbones.get("preresnet8", width=4),
    backbones.get("wrn-10-1", width=4),
    backbones.get("resnext11_2x2"),
    backbones.get("mobilenetv2", alpha=0.1, repeats=(1, 1, 3, 1, 1, 1, 1)),
    backbones.get("resnet18", width=4),
    backbones.get("resnext26_2x2d", width=4),
    NORMS["LayerNorm"],
]
SHAPE, CLASSES = (8, 8, 1), 3


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(3, *SHAPE)).astype("float32"), generator.integers(0, CLASSES, 3)


def fit(model, data):
    """One step; all trainable weights have had a part in the loss, and stay finite."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=backend.jit_compile())
    history = model.fit(*data, batch_size=len(data[0]), verbose=0)
    assert np.isfinite(history.history["loss"][0])
    assert all(np.all(np.isfinite(np.array(weight))) for weight in model.trainable_weights)


@cache
def plain(backbone):
    """The backbone alone, built without a placement."""
    inputs = backbone.inputs(SHAPE)
    return keras.Model(inputs, backbone.outputs(inputs, lambda y, block: y, CLASSES))


@pytest.mark.parametrize("backbone", FAMILIES, ids=lambda backbone: type(backbone).__name__)
def test_every_family_takes_a_step(backbone, data):
    """The modules in turn."""
    name = MODULES[FAMILIES.index(backbone) % len(MODULES)]
    fit(ean.build_supernet(backbone, name, SHAPE, CLASSES), data)


def test_every_family_is_among_them():
    assert {type(backbone) for backbone in FAMILIES} == set(REGISTRY.classes.values())


@pytest.fixture(scope="module", params=[(name, norm) for norm in NORMS for name in MODULES], ids="-".join)
def shared(request, data):
    """A supernet after a step of training, on one batch of three schemes: each stage's first block, all, none."""
    keras.utils.set_random_seed(0)
    name, norm = request.param
    supernet = ean.build_supernet(NORMS[norm], name, SHAPE, CLASSES, sampling="per_image", seed=1)
    fit(supernet, data)
    for weight in supernet.trainable_weights:
        # Away from zeros in scales and last layers, behind which a wrong mask would not show.
        weight.assign_add(np.random.default_rng(0).uniform(0.05, 0.2, weight.shape))
    first = [int(i == 0) for blocks in supernet.stages for i in range(blocks)]
    rows = {"image": data[0], "scheme": np.array([first, [1] * len(first), [0] * len(first)], "float32")}
    network = supernet.extract(first)
    together, alone = run(supernet, rows), run(network, data[0])
    return SimpleNamespace(
        pair=request.param, supernet=supernet, network=network, rows=rows, together=together, alone=alone
    )


def test_a_row_equals_the_network_of_its_scheme(shared):
    assert close(shared.alone[0], shared.together[0])
    assert not close(shared.alone[1:], shared.together[1:])


def test_without_connections_it_is_the_backbone(shared):
    backbone = plain(shared.supernet.backbone)
    transfer_weights(shared.supernet.body, backbone)
    without = run(backbone, shared.rows["image"])
    assert close(without[2], shared.together[2])
    assert not close(without[:2], shared.together[:2])


def test_save_and_load(shared, tmp_path):
    shared.supernet.save(tmp_path / "supernet.keras")
    loaded = keras.saving.load_model(tmp_path / "supernet.keras")
    assert close(run(loaded, shared.rows), shared.together, 1e-6)
    if keras.backend.backend() == "tensorflow" and shared.pair in TURNS:
        served = by_saved_model(shared.network, tmp_path / "exported", shared.rows["image"])
        assert close(served, shared.alone, 1e-5)


def by_saved_model(network, folder, images):
    import tensorflow as tf

    network.export(folder, verbose=False)
    loaded = tf.saved_model.load(folder)
    return loaded.serve(images).numpy()


@pytest.fixture
def half_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", MODULES)
def test_unshared_in_half_precision(name, norm, data, half_precision, tmp_path):
    backbone = NORMS[norm]
    network = ean.build_network(backbone, name, ean.Scheme.full(backbone.stages), SHAPE, CLASSES, share=False)
    if (name, norm) in TURNS:
        fit(network, data)
    assert {layer.name for layer in network.layers if isinstance(layer, ean.attention.Attention)} == {
        "stage_0_block_0_attention",
        "stage_0_block_1_attention",
    }
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    logits = run(network, data[0])
    assert logits.dtype == "float32"
    np.testing.assert_array_equal(run(loaded, data[0]), logits)
