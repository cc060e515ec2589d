"""Every registered module on representative backbones; a new module needs no change here."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean import backbones, backend
from keras_ean.backbones.base import REGISTRY
from keras_ean.testing import check_networks
from keras_ean.testing.running import run
from tests.small_backbone import Small

from .helpers import Narrow, one_a_block

MODULES = ean.attention.available()
NORMS = {"BatchNorm": Narrow(), "LayerNorm": backbones.get("convnext_tiny", depths=(2,), width=8, patch=2)}
TURNS = [(name, list(NORMS)[turn % 2]) for turn, name in enumerate(MODULES)]
"""Every module, on the two backbones in turn."""
SPECIAL = [backbones.get("preresnet8", width=4), backbones.get("resnext11_2x2"), NORMS["LayerNorm"]]
"""Before, grouped, depthwise with another norm: what other backends compute in ways of their own."""
FAMILIES = [
    *SPECIAL,
    backbones.get("mobilenetv2", alpha=0.1, repeats=(1, 1, 7, 1, 1, 1, 1)),
    backbones.get("resnet18", width=4),
    backbones.get("resnet8", width=4),
    backbones.get("wrn-10-1", width=4),
    backbones.get("resnext26_2x2d", width=4),
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
    history = model.fit(*data, batch_size=len(data[1]), verbose=0)
    assert np.isfinite(history.history["loss"][0])
    assert all(np.all(np.isfinite(np.array(weight))) for weight in model.trainable_weights)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(
    "backbone",
    [pytest.param(one, marks=[pytest.mark.backends] if one in SPECIAL else []) for one in FAMILIES],
    ids=lambda backbone: type(backbone).__name__,
)
def test_every_family_takes_a_step(backbone, data):
    """The modules in turn."""
    name = MODULES[FAMILIES.index(backbone) % len(MODULES)]
    fit(ean.build_supernet(backbone, name, SHAPE, CLASSES), data)


def test_every_family_is_among_them():
    assert {type(backbone) for backbone in FAMILIES} == set(REGISTRY.classes.values())


def test_every_module_takes_a_step_in_a_graph(data):
    """All of them masked, as in a supernet, each in a block of its own; the other tests here trace nothing."""
    images, labels = data
    scheme = keras.Input((len(MODULES),), name="scheme")
    network = one_a_block(Small((len(MODULES),)), MODULES, SHAPE, CLASSES, scheme)
    bits = np.random.default_rng(0).integers(0, 2, (len(images), len(MODULES))).astype("float32")
    before = [np.array(weight) for weight in network.trainable_weights]
    fit(network, ({"image": images, "scheme": bits}, labels))
    assert any(np.any(np.array(weight) != old) for weight, old in zip(network.trainable_weights, before, strict=True))


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", [name for name, norm in TURNS if norm == "BatchNorm"])
def test_one_supernet_holds_all_networks(name, data):
    """Also without BatchNorm, with which the contract of modules tries all; the others come without it below."""
    fit(check_networks(NORMS["LayerNorm"], name, SHAPE, CLASSES), data)


@pytest.fixture
def half_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(("name", "norm"), TURNS)
def test_unshared_in_half_precision(name, norm, data, half_precision, tmp_path):
    backbone = NORMS[norm]
    network = ean.build_network(backbone, name, ean.Scheme.full(backbone.stages), SHAPE, CLASSES, share=False)
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
