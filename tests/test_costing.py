import json

import keras
import pytest

import keras_ean as ean
from keras_ean import costing
from tests.small_backbone import Small


@pytest.fixture(scope="module")
def network():
    return ean.build_network(Small((2, 1)), "se", "10 1", (8, 8, 1), 3, name="mine")


@pytest.mark.backends
def test_blocks_add_up_to_the_network(network):
    found = ean.cost(network, rounds=0)
    assert [block.block for block in found.blocks] == ["stage_0_block_0", "stage_0_block_1", "stage_1_block_0", None]
    assert sum(block.flops for block in found.blocks) == found.flops == ean.measure.cost.flops(network)
    assert sum(block.parameters for block in found.blocks) == found.parameters == ean.measure.cost.parameters(network)
    assert [block.attention_flops > 0 for block in found.blocks] == [True, False, True, False]
    plain = ean.cost(ean.build_network(Small((2, 1)), "se", "00 0", (8, 8, 1), 3), rounds=0)
    assert (plain.attention, plain.increment, plain.attention_flops) == (0, 0, 0)
    assert found.attention == found.parameters - plain.parameters
    assert found.increment == pytest.approx(100 * (found.parameters / plain.parameters - 1))
    assert found.attention_flops == found.flops - plain.flops


def test_a_shared_module_counts_its_parameters_once_and_its_operations_each_time():
    network = ean.build_network(Small((2,)), "se", "11", (8, 8, 1), 3)
    first, second = (layer for layer in ean.cost(network, rounds=0).layers if layer.attention)
    assert (first.block, second.block) == ("stage_0_block_0", "stage_0_block_1")
    assert first.parameters > second.parameters == 0
    assert first.flops == second.flops > 0


def test_memory_by_hand():
    """Of 4×4×2 float32, 128 bytes: the input, a convolution's output, their sum, a pooled vector of 8 bytes."""
    image = keras.Input((4, 4, 2))
    x = keras.layers.Add()([image, keras.layers.Conv2D(2, 1)(image)])
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(x))
    found = ean.cost(keras.Model(image, x), rounds=0)
    assert found.activations == 3 * 128 + 8
    assert found.peak == 3 * 128  # At the addition: both addends and the sum.


def test_blocks_of_somebody_elses_model_end_at_its_additions():
    model = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, weights=None, classes=10)
    found = ean.cost(model, rounds=0)
    additions = [point.addition for point in ean.attachment_points(model)]
    assert [block.block for block in found.blocks] == [*additions, None]
    inside = [layer.layer for layer in found.layers if layer.block == "block_2_add"]
    assert (inside[0], inside[-1]) == ("block_2_expand", "block_2_add")


def test_times_are_of_every_batch_size(network):
    found = ean.cost(network, batch_sizes=(1, 3), rounds=3)
    assert [(one.form, one.batch_size) for one in found.latencies] == [("keras", 1), ("keras", 3)]
    assert all(one.milliseconds > 0 and one.spread >= 0 for one in found.latencies)


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here")
def test_formats_are_timed_as_well(network, monkeypatch):
    """LiteRT's own benchmark, in a process of its own, gives its figure beside that of the interpreter."""
    from ai_edge_litert import interpreter

    made, interleaved = [], costing.interleaved

    class Counted(interpreter.Interpreter):
        def __init__(self, *args, **kwargs):
            made.append(1)
            super().__init__(*args, **kwargs)

    def timed(calls, rounds):
        made.clear()
        return interleaved(calls, rounds)

    monkeypatch.setattr(interpreter, "Interpreter", Counted)
    monkeypatch.setattr(costing, "interleaved", timed)
    found = ean.cost(network, batch_sizes=(1, 2), formats=["saved_model", "litert"], rounds=2)
    forms = [(one.form, one.batch_size) for one in found.latencies]
    each = [(form, size) for form in ("keras", "saved_model", "litert") for size in (1, 2)]
    assert forms == [*each, ("litert-benchmark", 1)]
    assert len(made) == 2  # One for each size, and none in a call that is timed.
    assert all(one.milliseconds > 0 for one in found.latencies[:-1])  # The tool tells hundredths of a millisecond.
    assert found.latencies[-1].milliseconds < 1000


@pytest.mark.tensorflow
def test_a_benchmark_that_fails_says_why(tmp_path):
    with pytest.raises(RuntimeError, match=r"LiteRT's benchmark could not run no\.tflite: .*not found"):
        costing._litert(tmp_path / "no.tflite", tmp_path / "answer.json", 1)


def test_as_text_and_as_facts(network):
    found = ean.cost(network, batch_sizes=(1,), rounds=1)
    lines = str(found).splitlines()
    assert lines[0] == "mine, one image of 8×8×1"
    assert lines[1].split()[:2] == ["parameters", f"{found.parameters:,},"]
    assert [line.split()[0] for line in lines[7:11]] == [
        "stage_0_block_0",
        "stage_0_block_1",
        "stage_1_block_0",
        "outside",
    ]
    assert found.by_layer().splitlines()[2].split()[:3] == ["stem_conv", "Conv2D", "8×8×4"]
    facts = json.loads(found.to_json())
    assert facts["flops"] == sum(block["flops"] for block in facts["blocks"])
    assert (facts["layers"][0]["layer"], facts["latencies"][0]["form"]) == ("stem_conv", "keras")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.23 kB"), (999_900, "1.00 MB"), (123_456, "123 kB"), (5e12, "5.00 TB")],
    ids=str,
)
def test_numbers_with_a_prefix(number, text):
    assert costing.prefixed(number, "B") == text


def test_fewer_rounds_than_none_are_refused(network):
    with pytest.raises(ValueError, match="rounds is a number of timed calls, .* not -1"):
        ean.cost(network, rounds=-1)
