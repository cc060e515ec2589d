import keras
import numpy as np
import pytest

from keras_ean import Scheme, attention, backbones, build_network, build_supernet
from keras_ean.supernet.network import transfer_weights
from tests.small_backbone import Small

SMALL = Small((3, 3, 3))


def small(scheme, **options):
    return build_network(SMALL, "se", scheme, (8, 8, 1), 10, **options)


def attentions(network):
    return [layer.name for layer in network.layers if isinstance(layer, attention.Attention)]


def test_a_network_and_a_supernet_and_their_inputs_have_names():
    assert [small("000 000 000", **name).name for name in ({}, {"name": None}, {"name": "mine"})] == [
        "network",
        "network",
        "mine",
    ]
    assert [one.name for one in small("000 000 000").inputs] == ["image"]
    supernet = build_supernet(SMALL, "se", (8, 8, 1), 10)
    assert supernet.body.name == "body"
    assert [(one.name, one.shape) for one in supernet.body.inputs] == [
        ("image", (None, 8, 8, 1)),
        ("scheme", (None, 9)),
    ]


def test_off_blocks_hold_no_attention():
    assert attentions(small("000 000 000")) == []
    assert attentions(small("100 000 011")) == ["stage_0_attention", "stage_2_attention"]


def test_sharing_is_one_module_per_stage():
    shared, unshared = small("110 000 111"), small("110 000 111", share=False)
    assert len(attentions(shared)) == 2
    assert attentions(unshared) == [
        f"stage_{stage}_block_{block}_attention" for stage, block in ((0, 0), (0, 1), (2, 0), (2, 1), (2, 2))
    ]
    assert len(shared.get_layer("stage_2_attention")._inbound_nodes) == 3


def test_attention_sits_on_the_branch_before_the_addition():
    network = small("100 000 000")
    [node] = network.get_layer("stage_0_attention")._inbound_nodes
    assert node.input_tensors[0]._keras_history.operation.name == "stage_0_block_0_norm"
    add = network.get_layer("stage_0_block_0_add")
    assert {tensor._keras_history.operation.name for tensor in add.input} == {"stage_0_attention", "stem_relu"}


def test_a_name_and_a_configured_object_are_the_same():
    by_name = build_network("resnet20", "se", "100 000 000", (8, 8, 1), 10)
    by_object = build_network(backbones.get("resnet20"), attention.get("se"), Scheme("100 000 000"), (8, 8, 1), 10)
    assert [w.path for w in by_name.weights] == [w.path for w in by_object.weights]


def test_gives_logits_or_what_is_asked_for(images):
    logits = small("000 000 000")
    probabilities = small("000 000 000", classifier_activation="softmax")
    transfer_weights(logits, probabilities)
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits(images[0])))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(probabilities(images[0])), expected, atol=1e-6)


@pytest.mark.usefixtures("eagerly")
def test_trains_and_reloads(images, tmp_path):
    network = small("100 010 001")
    network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = np.array(keras.ops.convert_to_numpy(network.get_layer("stage_1_attention").weights[0]))
    network.fit(*images, verbose=0)
    assert not np.allclose(before, keras.ops.convert_to_numpy(network.get_layer("stage_1_attention").weights[0]))
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(network.predict(images[0], verbose=0), again.predict(images[0], verbose=0))


def test_transfer_refuses_a_source_that_lacks_weights_and_leaves_the_target():
    source, target = small("100 000 000"), small("110 100 000")
    before = [np.array(keras.ops.convert_to_numpy(w)) for w in target.weights]
    with pytest.raises(ValueError, match="in the source there is none for: stage_1_attention"):
        transfer_weights(source, target)
    for old, new in zip(before, target.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


def test_a_layer_with_more_weights_than_its_source_is_refused_and_one_with_fewer_takes_the_first():
    def dense(bias):
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, use_bias=bias, name="dense")])

    with pytest.raises(ValueError, match=r"in the source there is none for: .*dense/bias \(3,\)\.$"):
        transfer_weights(dense(False), dense(True))
    source, target = dense(True), dense(False)
    transfer_weights(source, target)
    for old, new in zip(source.weights, target.weights):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(old), keras.ops.convert_to_numpy(new))


@pytest.mark.usefixtures("eagerly")
def test_transferred_weights_are_copies(images):
    source, target = small("100 000 000"), small("100 000 000")
    transfer_weights(source, target)
    expected = source.predict(images[0], verbose=0)
    target.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    target.fit(*images, verbose=0)
    np.testing.assert_array_equal(source.predict(images[0], verbose=0), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet21", "se", "1", (8, 8, 1), 10), "Unknown backbone 'resnet21'. Did you mean"),
        (("resnet20", "sse", [0] * 9, (8, 8, 1), 10), "Unknown attention module 'sse'. Did you mean"),
        (("resnet20", "se", "11 1", (8, 8, 1), 10), r"stages of \(2, 1\) blocks"),
        (("resnet20", "se", [0] * 8, (8, 8, 1), 10), "9 bits"),
        (("resnet20", "se", [0] * 9, (8, 8, 1), 0), "classes is a positive"),
        (("resnet20", "se", [0] * 9, (8, 8, 1), True), "classes is a positive"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_network(*arguments)


@pytest.mark.parametrize("position", [0, 1])
def test_neither_a_name_nor_an_object(position):
    arguments = ["resnet20", "se", [0] * 9, (8, 8, 1), 10]
    arguments[position] = 3
    with pytest.raises(TypeError, match="is a name or an ean"):
        build_network(*arguments)
