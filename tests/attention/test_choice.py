"""Several modules at every block, of which a scheme takes none, one or more."""

from types import SimpleNamespace

import keras
import keras_tuner
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.attention import Attention, Averaged, Choice
from keras_ean.measure.layer_costs import by_block, layer_costs
from keras_ean.plugging import IdentityStart
from keras_ean.run import load_config
from keras_ean.run.architecture import Architecture
from keras_ean.search import SchemeHyperModel
from tests.small_backbone import Small

IMAGES = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype("float32")


def outputs(network) -> np.ndarray:
    return keras.ops.convert_to_numpy(network(IMAGES))


def randomise(network) -> None:
    generator = np.random.default_rng(1)
    for weight in network.trainable_weights:
        weight.assign(generator.normal(0, 0.3, weight.shape))


def attention_of(network) -> list[Attention]:
    return [layer for layer in network.layers if isinstance(layer, Attention)]


def test_a_block_has_a_place_for_each_module_and_off_places_hold_nothing():
    network = ean.build_network(Small((1, 1, 1)), "eca+se", "10 00 01", (8, 8, 1), 2)
    eca, se = attention_of(network)
    assert [weight.path.partition("/")[2] for weight in eca.weights] == ["module_0/conv/kernel"]
    assert all(weight.path.partition("/")[2].startswith("module_1/") for weight in se.weights)
    plain = ean.build_network(Small((1, 1, 1)), "se", "0 0 0", (8, 8, 1), 2)
    alone = ean.build_network(Small((1, 1, 1)), "se", "0 0 1", (8, 8, 1), 2)
    assert network.count_params() - sum(map(keras.ops.size, eca.weights)) == alone.count_params() > plain.count_params()


@pytest.mark.parametrize(
    ("names", "scheme", "single"), [("dia+eca", "1010 10", "11 1"), ("eca+dia", "0101 01", "11 1")]
)
def test_one_of_the_modules_alone_is_that_module_and_its_state_runs_along_its_stage(names, scheme, single):
    chosen = ean.build_network(Small((2, 1)), names, scheme, (8, 8, 1), 2)
    alone = ean.build_network(Small((2, 1)), "dia", single, (8, 8, 1), 2)
    randomise(alone)
    for old, new in zip(alone.weights, chosen.weights, strict=True):
        new.assign(old)
    np.testing.assert_allclose(outputs(chosen), outputs(alone), atol=1e-6)


def test_unshared_every_block_has_modules_of_its_own():
    network = ean.build_network(Small((2, 1)), "eca+se", "1101 10", (8, 8, 1), 2, share=False)
    assert {layer.name: len(layer.members) for layer in attention_of(network)} == {
        "stage_0_block_0_attention": 2,
        "stage_0_block_1_attention": 1,
        "stage_1_block_0_attention": 1,
    }


@pytest.mark.backends
def test_both_at_a_block_are_one_after_the_other():
    x = keras.random.normal((2, 4, 4, 16), seed=0)
    choice = ean.attention.get("eca+se", se={"reduction": 4}).at((2, 3), "stage_0_attention")
    between, state = choice(x, place=2)
    y, _ = choice(between, state, place=3)
    eca, se = choice.members["0"], choice.members["1"]
    assert se.reduction == 4
    np.testing.assert_allclose(*(keras.ops.convert_to_numpy(each) for each in (y, se(eca(x)[0], place=3)[0])))


def test_each_module_with_a_state_hands_on_its_own():
    x = keras.random.normal((2, 4, 4, 16), seed=0)
    choice = Choice([ean.attention.get("dia", reduction=reduction) for reduction in (2, 4)], (0, 1, 2, 3))
    y, state, expected, alone = x, None, x, {"0": None, "1": None}
    for place in range(4):
        y, state = choice(y, state, place=place)
        number = str(place % 2)
        expected, alone[number] = choice.members[number](expected, alone[number], place=place)
        np.testing.assert_allclose(*(keras.ops.convert_to_numpy(each) for each in (y, expected)), atol=1e-6)


@pytest.mark.backends
@pytest.mark.parametrize("names", ["eca+se", "dia+sge"])
def test_the_supernet_gives_what_the_extracted_network_of_every_scheme_gives(names):
    supernet = ean.build_supernet(Small((2, 1)), names, (8, 8, 1), 2, seed=0)
    randomise(supernet.body)
    assert supernet.stages == (4, 2)
    for text in ("1111 11", "0000 00", "1000 01", "0110 10"):
        expected = supernet.predict(IMAGES, scheme=text, verbose=0)
        np.testing.assert_allclose(outputs(supernet.extract(text)), expected, atol=1e-5)


@pytest.mark.backends
def test_it_is_saved_and_loaded(tmp_path):
    network = ean.build_network(
        Small((2, 1)), ean.attention.get("eca+se", se={"reduction": 2}), "1001 01", (8, 8, 1), 2
    )
    randomise(network)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(outputs(loaded), outputs(network))
    assert [type(module).__name__ for module in attention_of(loaded)[0].members.values()] == ["ECA", "SE"]


@pytest.mark.backends
def test_a_plugged_model_starts_as_it_was_with_a_factor_for_each_module():
    model = ean.build_network(Small((2, 1)), "se", "00 0", (8, 8, 1), 2)
    plugged = ean.plug(model, "eca+sge", identity_init=True)
    np.testing.assert_array_equal(outputs(plugged), outputs(model))
    inner = [module for layer in attention_of(plugged) for module in layer.members.values()]
    assert len(inner) == 4
    assert all(isinstance(module, IdentityStart) for module in inner)


def test_each_module_has_the_source():
    choice = ean.attention.get("eca+se", source="mean")
    assert isinstance(choice, Choice)
    assert all(isinstance(module, Averaged) for module in choice.members.values())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("se+se", {}, "different modules, but 'se.se' names one twice"),
        ("eca + se", {}, "a plus between them, without blanks, not 'eca . se'"),
        ("eca+", {}, "a plus between them, without blanks, not 'eca.'"),
        ("+", {}, "a plus between them, without blanks, not '.'"),
        ("ECA+SE", {}, "Unknown attention module 'ECA'. Did you mean 'eca'"),
        ("eca+nothing", {}, "[Uu]nknown attention module 'nothing'"),
        ("eca+se", {"reduction": 4}, "given by module, such as eca: .option: value., not reduction: 4"),
        ("eca+se", {"se": {"reduction": 0}}, "'se': reduction is a positive whole number, not 0"),
    ],
)
def test_wrong_names_and_options_are_refused_also_before_a_run(name, options, message):
    with pytest.raises(ValueError, match=message):
        ean.attention.get(name, **options)
    with pytest.raises(ValueError, match=message):
        ean.attention.check(name, options)


def test_one_module_is_no_choice_and_a_wrapper_goes_around_one_module():
    with pytest.raises(ValueError, match="two or more modules, not 1"):
        Choice([ean.attention.get("se")])
    with pytest.raises(ValueError, match=r"goes around one module, not around a choice of 2.*choice\.around"):
        IdentityStart(ean.attention.get("eca+se"))


def test_costs_are_those_of_the_block():
    network = ean.build_network(Small((2, 1)), "eca+se", "0011 01", (8, 8, 1), 2)
    attended = [row.block for row in by_block(layer_costs(network)[0]) if row.attention_flops]
    assert attended == ["stage_0_block_1", "stage_1_block_0"]


def test_a_hypermodel_declares_every_place():
    model = SchemeHyperModel(Small((2, 1)), "eca+se", input_shape=(8, 8, 1), classes=2)
    assert len(model.scheme(keras_tuner.HyperParameters())) == 6


def test_a_run_knows_its_places():
    images = SimpleNamespace()
    architecture = Architecture(load_config(None, ("attention=eca+se", "backbone=resnet8")), images)
    assert architecture.stages == (2, 2, 2)
    assert [architecture.names(place) for place in (0, 1, 2)] == ["block 0, ECA", "block 0, SE", "block 1, ECA"]
    assert Architecture(load_config(None, ("backbone=resnet8",)), images).names(2) == "block 2"
