"""What is folded, what stays live, and why."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.folding.study import Study
from keras_ean.testing.running import filled
from tests.attention.helpers import one_a_block
from tests.folding.hand_made import data, hand_made
from tests.small_backbone import Small


@pytest.fixture(scope="module")
def network():
    return hand_made()


@pytest.fixture(scope="module")
def folded(network):
    """Compiled, as users have it; other tests take the same steps eagerly."""
    return ean.fold(network, *data(), rounds=1)


@pytest.mark.backends
def test_a_gate_that_carries_information_stays_live_and_a_constant_one_is_folded(network, folded):
    images, _ = data()
    assert (folded.folded, folded.live) == (("steady",), ("cue",))
    cue, steady = folded.gates
    assert (cue.alone, cue.fate) == (25.0, "its mean costs 25.00")
    assert (steady.alone, steady.fate) == (0.0, "second")
    assert cue.statistics.varies > 0.1 > 0 == steady.statistics.varies
    assert (folded.before, folded.after) == (100.0, 100.0)
    answers = folded.network.predict(images, verbose=0)
    np.testing.assert_allclose(answers, network.predict(images, verbose=0), atol=1e-6)
    assert {"cue", "cue_excite"} <= {layer.name for layer in folded.network.layers}
    assert not {"steady", "steady_excite"} & {layer.name for layer in folded.network.layers}


def test_the_table_says_it(folded):
    lines = str(folded).splitlines()
    assert lines[2].split()[:3] == ["cue", "squeeze-and-excitation", "2×2×2"]
    assert lines[2].endswith("live: its mean costs 25.00")
    assert lines[3].endswith("second")
    assert lines[4].startswith("1 of 2 gates folded; 100.00 before, 100.00 after, against the labels; ")


def test_times(folded):
    assert all(gate.milliseconds > 0 for gate in folded.gates)
    assert min(folded.times) > 0


@pytest.mark.usefixtures("eagerly")
def test_the_network_stays_as_it_is(network):
    before = [np.array(keras.ops.convert_to_numpy(weight)) for weight in network.weights]
    ean.fold(network, *data(), tolerance=100)
    for old, new in zip(before, network.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


@pytest.mark.usefixtures("eagerly")
def test_a_tolerance_pays_for_more(network):
    assert ean.fold(network, *data(), tolerance=25).live == ()


@pytest.mark.usefixtures("eagerly")
def test_without_labels_the_networks_own_classes_are_kept(network):
    images, _ = data()
    found = ean.fold(network, images)
    assert (found.live, found.gates[0].alone, found.judged_by) == (("cue",), 25.0, "the network's own classes")


@pytest.mark.usefixtures("eagerly")
def test_labels_may_come_with_the_images_and_in_rows(network):
    images, labels = data()
    wrong = 1 - labels
    assert ean.fold(network, (images, wrong)).before == 0
    assert ean.fold(network, images, np.eye(2)[wrong]).before == 0


@pytest.mark.usefixtures("eagerly")
def test_a_metric_of_ones_own(network):
    """With a value per image, as Keras's metrics of that kind: here, that it is not of class 1, which folding keeps."""
    images, labels = data()
    found = ean.fold(network, images, labels, metric=lambda labels, outputs: labels == 0, tolerance=0)
    assert (found.before, found.live) == (0.75, ())


@pytest.mark.usefixtures("eagerly")
def test_the_cheapest_first_as_long_as_they_cost_no_more_together():
    prices = [0.3, 0.2, 0.3, 9.0]

    class Priced(Study):
        def cost(self, held):
            return sum(prices[index] for index in held)

    network = ean.build_network(Small((4,)), "se", "1111", (8, 8, 1), 3)
    study = Priced.of(network, np.ones((2, 8, 8, 1)), None, None, 2)
    held, costs = study.choose(0.5)
    assert (held, costs) == ([1, 0], [(0.3, 0.5), (0.2, 0.2), (0.3, 0.8), (9.0, 9.5)])
    assert study.reason(2, costs[2], 0.5) == "its mean costs 0.80 with those folded"


@pytest.mark.usefixtures("eagerly")
def test_spatial_gates_are_refused_by_name(images):
    names = ["sge", "bam", "cbam", "coord", "simam"]
    network = one_a_block(Small((5,)), names, (8, 8, 1), 10)
    for layer in network.layers:
        if isinstance(layer, ean.attention.Attention):
            filled(layer)
    labels = network.predict(images[0], verbose=0)

    def metric(labels, outputs):
        return -100 * np.abs(outputs - labels).mean()

    found = ean.fold(network, images[0], labels, metric=metric, tolerance=1e-6)
    assert len(found.live) == 5
    for name, gate in zip(names, found.gates, strict=True):
        assert gate.place.kind.lower().startswith(name)
        assert gate.fate.startswith(f"{gate.place.kind} varies over positions, and its mean costs")


def test_statistics_are_estimated_again(images):
    network = ean.build_network(Small((1,)), "se", "1", (8, 8, 1), 10)
    found = ean.fold(network, images[0], tolerance=100, calibrate=3 * images[0]).network
    [stem] = np.split(network.get_layer("stem_conv")(3 * images[0]), 1)
    expected = keras.ops.convert_to_numpy(stem).mean((0, 1, 2))
    np.testing.assert_allclose(found.get_layer("stem_norm").moving_mean, expected, atol=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_a_multiplication_is_saved_without_this_package(tmp_path):
    image = keras.Input((2, 2, 2))
    x = keras.activations.tanh(image)
    v = keras.layers.Dense(2, activation="sigmoid")(keras.ops.mean(x, (1, 2), keepdims=True))
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(keras.ops.tanh(x * v)))
    found = ean.fold(model, data()[0], tolerance=100).network
    found.save(tmp_path / "folded.keras")
    loaded = keras.models.load_model(tmp_path / "folded.keras", custom_objects={})
    np.testing.assert_array_equal(loaded.predict(data()[0], verbose=0), found.predict(data()[0], verbose=0))
    assert {type(layer).__module__.partition(".")[0] for layer in found.layers} == {"keras"}


def test_networks_that_cannot_be_folded(network):
    images, labels = data()
    with pytest.raises(ValueError, match="'network' has no gates to fold"):
        ean.fold(ean.build_network(Small((1,)), "se", "0", (8, 8, 1), 2), images)
    with pytest.raises(ValueError, match="extract the network of a scheme first"):
        ean.find_gates(ean.build_supernet(Small((1,)), "se", (8, 8, 1), 2))
    with pytest.raises(TypeError, match="functional keras.Model"):
        ean.prune_gates("model", images, tune=print)
    one = keras.Model(network.input, network.output[:, :1])
    with pytest.raises(ValueError, match=r"the network's are \(20, 1\)"):
        ean.fold(one, images, labels)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tolerance": -1}, "0 or more, not -1"),
        ({"tolerance": "0.5"}, "0 or more, not '0.5'"),
        ({"tolerance": float("nan")}, "0 or more, not nan"),
        ({"rounds": -1}, "0 or more, not -1"),
        ({"rounds": 1.5}, "0 or more, not 1.5"),
        ({"batch_size": 0}, "1 or more, not 0"),
        ({"batch_size": "64"}, "1 or more, not '64'"),
        ({"tune": "adam"}, "tune is a function .*, not 'adam'"),
        ({"metric": "accuracy"}, "metric is a function .*, not 'accuracy'"),
        ({"metric": lambda labels, outputs: np.nan}, "a finite score, or one for each image, not nan"),
        ({"labels": np.zeros(3)}, "3 labels and 20 images"),
        ({"labels": np.full(20, 5)}, "classes from 0 to 1, 20 numbers, .* not .* 5"),
        ({"labels": np.array(["a"] * 20)}, "classes from 0 to 1, 20 numbers"),
        ({"labels": np.ones((20, 3))}, r"rows as \(20, 2\), not \(20, 3\)"),
        ({"images": np.ones((20, 2, 2, 3))}, "takes images of 2×2×2, not of 2×2×3"),
        ({"calibrate": np.ones((4, 3, 3, 2))}, "takes images of 2×2×2, not of 3×3×2"),
        ({"images": np.full((20, 2, 2, 2), np.nan)}, "no finite numbers: look for NaN"),
        ({"images": np.ones((0, 2, 2, 2)), "labels": np.ones(0)}, "no images"),
    ],
)
def test_refusals(network, given, message):
    images, labels = data()
    with pytest.raises(ValueError, match=message):
        ean.fold(network, **{"images": images, "labels": labels, **given})


@pytest.mark.usefixtures("eagerly")
def test_where_nothing_is_folded_statistics_stay_as_they_are():
    network = ean.build_network(Small((1,)), "se", "1", (8, 8, 1), classes=3)
    images = np.random.default_rng(0).normal(2, 3, (16, 8, 8, 1)).astype("float32")
    before, scores = network.predict(images, verbose=0), iter([0.0, *[-1.0] * 9])  # Live, and with a gate held.
    labels = np.zeros(16, "int32")
    found = ean.fold(network, images, labels, 0.5, metric=lambda *_: next(scores), calibrate=images)
    assert not found.folded
    np.testing.assert_allclose(found.network.predict(images, verbose=0), before, rtol=1e-5, atol=1e-6)


def test_gates_of_several_modules_are_told_apart():
    network = ean.build_network(Small((2,)), "eca+se", "1101", (8, 8, 1), 2)
    assert [(gate.name, gate.kind) for gate in ean.find_gates(network)] == [
        ("stage_0_attention/0", "ECA"),
        ("stage_0_attention/1", "SE"),
        ("stage_0_attention/3", "SE"),
    ]
    constant = ean.build_network(Small((1,)), ean.attention.get("eca+se", source="mean"), "01", (8, 8, 1), 2)
    assert [gate.kind for gate in ean.find_gates(constant)] == ["SE"]
