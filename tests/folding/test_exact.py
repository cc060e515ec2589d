"""A folded network computes what the network computes whose gates are held at the same constants, for every module."""

import numpy as np
import pytest

import keras_ean as ean
from keras_ean.backbones.convnext import ConvNeXt
from keras_ean.plugging.backbone import PluggedBackbone
from keras_ean.plugging.identity_start import IdentityStart
from keras_ean.testing.running import filled, shaken
from tests.attention.helpers import one_a_block
from tests.attention.test_with_backbones import CLASSES, FAMILIES, MODULES, SHAPE
from tests.folding.helpers import assert_exact
from tests.small_backbone import Small

SPECIAL = ("se", "sge", "dia", "gc")
"""A gate per channel, one per position, one with a state, and a module that adds: tried on every backend."""


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(6, *SHAPE)).astype("float32")


def changed(network):
    """Every weight away from its initial value, those of attention far away."""
    shaken(network)
    for layer in network.layers:
        if isinstance(layer, ean.attention.Attention):
            filled(layer)
    return network


def built(backbone, attention):
    return changed(ean.build_network(backbone, attention, ean.Scheme.full(backbone.stages), SHAPE, CLASSES))


def assert_gone(network):
    assert not [layer.name for layer in network.layers if isinstance(layer, ean.attention.Attention)]


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=[pytest.mark.backends] if one in SPECIAL else []) for one in ean.attention.available()],
)
def test_every_module(name, images):
    """Also where blocks share it, and pass its state on."""
    folded, into, _ = assert_exact(built(Small((2, 1)), name), images)
    assert into == ["stage_0_block_0_norm", "stage_0_block_1_norm", "stage_1_block_0_norm"]
    assert_gone(folded)


@pytest.mark.backends
@pytest.mark.parametrize("source", ["mean", "learned"])
@pytest.mark.parametrize("name", ["se", "dia", "gc"])
def test_what_was_trained_to_fold_is_constant_already(name, source, images):
    network = built(Small((2,)), ean.attention.get(name, source=source))
    folded, _, statistics = assert_exact(network, images)
    assert [one.varies < 1e-6 for one in statistics] == [True, True]
    assert_gone(folded)


@pytest.mark.parametrize("backbone", FAMILIES, ids=lambda backbone: type(backbone).__name__)
def test_every_module_in_every_family(backbone, images):
    """As many modules at once as the network has blocks; no multiplication is left in any."""
    for names in in_turns(sum(backbone.stages)):
        assert None not in assert_folded(one_a_block(backbone, names, SHAPE, CLASSES), len(names), images)


@pytest.mark.parametrize("place", range(len(FAMILIES)), ids=lambda place: type(FAMILIES[place]).__name__)
def test_every_module_plugged(place, images):
    """With a start as the identity, as `ean.plug(model, module, identity_init=True)` makes it: the modules in turn, as
    many as a family has blocks."""
    backbone, before = FAMILIES[place], sum(sum(family.stages) for family in FAMILIES[:place])
    names = (MODULES * 3)[before % len(MODULES) :][: sum(backbone.stages)]
    plugged = PluggedBackbone(ean.build_network(backbone, "se", ean.Scheme.empty(backbone.stages), SHAPE, CLASSES))
    modules = [IdentityStart(ean.attention.get(name)) for name in names]
    into = assert_folded(one_a_block(plugged, modules, SHAPE, CLASSES), len(names), images)
    # Of a plugged ConvNeXt, attention comes after the layer scale, which takes no constant.
    assert isinstance(backbone, ConvNeXt) or None not in into


def test_every_module_gets_its_turn():
    assert sum(sum(family.stages) for family in FAMILIES) >= len(MODULES)


def in_turns(blocks):
    """The names of all modules, as many at once as there are blocks."""
    return [(MODULES * 3)[start : start + blocks] for start in range(0, len(MODULES), blocks)]


def assert_folded(network, places, images):
    """With weights far from the initial ones in attention alone, since shaken ones leave ReLU6 nothing to pass on."""
    for layer in network.layers:
        if isinstance(layer, ean.attention.Attention):
            filled(layer)
    for weight in network.weights:
        if weight.name == "scale":  # ConvNeXt's layer scale starts at next to nothing.
            weight.assign(np.ones(weight.shape))
    folded, into, _ = assert_exact(network, images)
    assert_gone(folded)
    assert len(into) == places
    return into


def test_a_plugged_network(images):
    network = ean.build_network(Small((2,)), "se", "00", SHAPE, CLASSES)
    plugged = ean.plug(network, "dia", identity_init=True)
    assert assert_folded(plugged, 2, images) == ["stage_0_block_0_norm", "stage_0_block_1_norm"]


def test_a_supernets_network(images):
    supernet = ean.build_supernet(Small((2,)), "dia", SHAPE, CLASSES)
    assert assert_exact(changed(supernet.extract("01")), images)[1] == ["stage_0_block_1_norm"]


def test_a_state_that_a_live_gate_needs_is_still_computed(images):
    """Of two blocks that pass a state on, the first is folded: its cell runs on, and a multiplication stays."""
    assert assert_exact(built(Small((2,)), "dia"), images, held=[0])[1] == [None]
