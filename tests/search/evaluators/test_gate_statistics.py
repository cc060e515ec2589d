"""Measures of gates against the same computed by hand from a network's layers."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ean as ean
from keras_ean.attention import Attention
from keras_ean.search import GateStatisticsEvaluator, HeldEvaluator
from keras_ean.search.evaluators.gate_statistics import unexplained
from tests.small_backbone import Small

IMAGES = np.random.default_rng(0).normal(scale=2, size=(24, 4, 4, 1)).astype("float32")
LABELS = np.arange(24) % 3

pytestmark = pytest.mark.usefixtures("eagerly")


def made(attention, stages=(3, 1)):
    """Each block has a module of its own, whose gate differs from image to image."""
    keras.utils.set_random_seed(0)
    supernet = ean.build_supernet(Small(stages), attention, (4, 4, 1), classes=3, share=False)
    random = np.random.default_rng(1)
    for variable in supernet.body.trainable_variables:
        if "attention" in variable.path and "bias" not in variable.path:
            variable.assign(random.normal(size=variable.shape))
    return supernet


@pytest.fixture(scope="module")
def supernet():
    return made("eca")


def values(supernet, measure, **options):
    return GateStatisticsEvaluator(supernet, (IMAGES, LABELS), measure, **{"batch_size": 16, **options}).values


def modules(network):
    return [layer for layer in network.layers if isinstance(layer, Attention)]


def gates(network):
    """The factor of each block for every image, position and channel."""
    maps = [(layer.input, keras.tree.flatten(layer.output)[0]) for layer in modules(network)]
    return [y / x for x, y in keras.Model(network.input, maps).predict(IMAGES, verbose=0)]


def losses(network):
    """The cross-entropy of each image, with what the layers do at present."""
    logits = np.asarray(ops.convert_to_numpy(network(IMAGES)), "float64")
    return np.logaddexp.reduce(logits, axis=-1) - logits[np.arange(24), LABELS]


@pytest.mark.backends
def test_saliency_is_the_slope_of_the_mean_loss_towards_the_mean_gate(supernet):
    network, expected = supernet.extract("111 1"), []
    for module, gate in zip(modules(network), gates(network), strict=True):
        live, mean, found = module.attend, ops.convert_to_tensor(gate.mean((0, 1, 2))), []
        for part in (0.004, -0.004):
            module.attend = lambda x, state, live=live, mean=mean, part=part: (
                (1 - part) * live(x, state)[0] + part * x * mean,
                state,
            )
            found.append(losses(network))
        module.attend = live
        expected.append(np.mean(found[0] - found[1]) / 0.008)
    np.testing.assert_allclose(values(supernet, "saliency"), expected, rtol=0.03, atol=1e-5)
    assert max(map(abs, expected)) > 1e-3


@pytest.mark.parametrize("attention", ["eca", "gc"])
def test_saliency_estimates_what_is_held_exactly(attention):
    """Of a module that multiplies, and of one that adds."""
    supernet = made(attention)
    outcomes = HeldEvaluator(supernet, (IMAGES, LABELS)).outcomes
    live, *held = outcomes([ean.Scheme(text) for text in ("111 1", "011 1", "101 1", "110 1", "111 0")])["loss"]
    exact = [np.mean(loss - live) for loss in held]
    np.testing.assert_allclose(values(supernet, "saliency"), exact, rtol=0.3, atol=5e-5)


def test_means_are_those_of_the_calibration_images(supernet):
    assert (values(supernet, "saliency") != values(supernet, "saliency", calibration=3 * IMAGES)).all()


@pytest.mark.parametrize("attention", ["eca", "simam"])
def test_variation_is_the_spread_over_images_and_positions_in_parts_of_the_level(attention):
    supernet = made(attention)
    flat = [gate.reshape(-1, gate.shape[-1]) for gate in gates(supernet.extract("111 1"))]
    expected = [np.mean(gate.std(0) / np.sqrt(np.mean(gate**2, axis=0))) for gate in flat]
    np.testing.assert_allclose(values(supernet, "variation"), expected, rtol=1e-3)
    assert min(expected) > 0.01


def test_novelty_is_what_the_gate_before_does_not_explain(supernet):
    means = [gate.mean((1, 2)) for gate in gates(supernet.extract("111 1"))]
    second, third = (
        np.mean([1 - np.corrcoef(means[block][:, c], means[block - 1][:, c])[0, 1] ** 2 for c in range(4)])
        for block in (1, 2)
    )
    np.testing.assert_allclose(values(supernet, "novelty"), [1, second, third, 1], rtol=1e-3)


def test_a_gate_that_is_the_same_for_every_image_has_nothing():
    supernet = made(ean.attention.get("se", source="learned"))
    for measure in ("variation", "saliency"):
        assert (abs(values(supernet, measure)) < 1e-6).all()
    assert values(supernet, "novelty").tolist() == [1, 0, 0, 1]


def test_the_highest_scheme_has_the_blocks_above_the_threshold(supernet):
    low, *_, high = np.unique(values(supernet, "saliency"))
    threshold = (low + high) / 2
    evaluator = GateStatisticsEvaluator(supernet, (IMAGES, LABELS), threshold=threshold, batch_size=16)
    schemes = list(ean.Scheme.every((3, 1)))
    scores = [score["saliency"] for score in evaluator.score(schemes)]
    above = evaluator.values > threshold
    assert list(schemes[int(np.argmax(scores))].bits) == above.tolist()
    assert max(scores) == pytest.approx(np.sum(evaluator.values[above] - threshold))


def test_another_measure_or_threshold_is_another_setting(supernet):
    data = (IMAGES, LABELS)
    usual = GateStatisticsEvaluator(supernet, data, "variation")
    assert usual.threshold == 0.1
    others = [
        GateStatisticsEvaluator(supernet, data, "novelty"),
        GateStatisticsEvaluator(supernet, data, "variation", 0),
    ]
    assert all(other.settings() != usual.settings() for other in others)
    assert usual.settings().items() >= HeldEvaluator(supernet, data).settings().items()


@pytest.mark.parametrize("name", ["gc", "cbam", "dia", "eca+se"])
def test_modules_of_every_kind(name):
    """One that adds, one with two gates, one with a state, and two at each block."""
    supernet = ean.build_supernet(Small((2,)), name, (4, 4, 1), classes=3)
    for measure in ("variation", "saliency", "novelty"):
        found = values(supernet, measure)
        assert found.shape == (sum(supernet.stages),)
        assert np.isfinite(found).all()


def test_gates_that_a_given_model_had_are_not_measured():
    model = ean.build_network(Small((2, 1)), "se", "10 0", (4, 4, 1), classes=3)
    assert values(ean.plug_supernet(model, "eca"), "variation").shape == (3,)


def test_what_cannot_be_measured_is_refused(supernet):
    with pytest.raises(ValueError, match=r"Unknown measure 'salience'\. Did you mean 'saliency'"):
        values(supernet, "salience")
    for threshold in (float("nan"), "high"):
        with pytest.raises(ValueError, match=f"A threshold is a finite number.*not {threshold!r}"):
            values(supernet, "saliency", threshold=threshold)
    with pytest.raises(ValueError, match="the 2 stages have one block each"):
        values(made("eca", (1, 1)), "novelty")


def test_of_several_modules_each_is_compared_with_itself_in_the_block_before():
    supernet = made("eca+se", (2, 1))
    held = HeldEvaluator(supernet, (IMAGES, LABELS), batch_size=16)
    moments = dict(zip(held.blocks, held.measured.read(held.inputs, 16)[1], strict=True))
    gate = {place: np.hstack([part[:, 0], part[:, 2]]) for place, part in moments.items()}
    expected = [1, 1, unexplained(gate[2], gate[0]), unexplained(gate[3], gate[1]), 1, 1]
    np.testing.assert_allclose(values(supernet, "novelty"), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="the 2 stages have one block each"):
        values(made("eca+se", (1, 1)), "novelty")
