"""Operations as counted from shapes, against TensorFlow's profiler: every attention module and backbone family."""

import math
from collections import Counter

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.measure.counting import count
from keras_ean.measure.flop_rules import operations
from tests.attention.test_with_backbones import FAMILIES
from tests.small_backbone import Small

THEIRS = {
    "AveragePool": "AvgPool",
    "Conv": "Conv2D",
    "DepthwiseConv": "DepthwiseConv2dNative",
    "Absolute": "Abs",
    "Matmul": "MatMul",
    "Multiply": "Mul",
    "ReLU": "Relu",
    "Subtract": "Sub",
    "TrueDivide": "RealDiv",
    "Where": "SelectV2",
}
"""What TensorFlow calls an operation of Keras, where the names differ."""
SPELT_OUT = {
    "BatchNorm": {"Mul": 1, "Add": 1},
    "Gelu": {"Mul": 3, "Neg": 1, "Erfc": 1},
    "HardSilu": {"Add": 1, "Relu6": 1, "Mul": 1, "RealDiv": 1},
    "LayerNorm": {"Mean": 2, "SquaredDifference": 2, "Mul": 3, "Add": 2},
    "Moments": {"Mean": 2, "SquaredDifference": 2},
}
"""Operations of Keras that TensorFlow computes in several: the profiler's figure for one value. What a LayerNorm
computes besides for each row of values is `ROW`."""
ROW = {"Rsqrt": 2, "Add": 1, "Neg": 1}
UNKNOWN = {"Abs", "Erfc", "Exp", "Max", "Relu", "Relu6", "SelectV2", "Sigmoid", "Sqrt", "Tanh"}
"""Of TensorFlow's operations that the profiler has no figure for: one for each value, as for others of its kind."""
SHAPE = (8, 8, 1)
NETWORKS = [(Small((2, 1)), name) for name in ean.attention.available()]
NETWORKS += [(backbone, "se") for backbone in FAMILIES]
NAMES = [f"{type(backbone).__name__}-{attention}" for backbone, attention in NETWORKS]
OPERATIONS = {
    "Small-bam": 66937,
    "Small-cbam": 88911,
    "Small-coord": 66099,
    "Small-dia": 57523,
    "Small-eca": 56771,
    "Small-gc": 59867,
    "Small-gct": 57497,
    "Small-ge": 56707,
    "Small-se": 56793,
    "Small-sge": 60691,
    "Small-simam": 60579,
    "Small-srm": 58755,
    "PreResNetCIFAR-se": 104049,
    "ResNeXtCIFAR-se": 82779,
    "ConvNeXt-se": 66007,
    "MobileNetV2-se": 172527,
    "ResNetImageNet-se": 99875,
    "ResNetCIFAR-se": 104433,
    "WideResNet-se": 104049,
    "ResNeXtImageNet-se": 111799,
}
"""Of one image, as the test against TensorFlow's profiler has found them right."""


def profiled(graph, inputs):
    """Operations by kind, as TensorFlow's profiler counts those of a graph that need its inputs.

    The rest computes with weights and constants alone, once for all images.
    """
    import tensorflow as tf

    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    tf.get_logger().setLevel("ERROR")  # The profiler is of TensorFlow's first interface, and says so each time.
    figures, nodes = {}, [tf.compat.v1.profiler.profile(graph, cmd="scope", options=options)]
    while nodes:
        node = nodes.pop()
        figures[node.name] = node.float_ops
        nodes += node.children
    found, seen, waiting = Counter(), set(), [user for tensor in inputs for user in tensor.consumers()]
    while waiting:
        one = waiting.pop()
        if one.name in seen:
            continue
        seen.add(one.name)
        waiting += [user for tensor in one.outputs for user in tensor.consumers()]
        if one.type == "StatefulPartitionedCall":  # A convolution in groups, which Keras compiles apart.
            inner = graph._get_function(one.get_attr("f").name).graph
            found += profiled(inner, inner.inputs)
        elif one.type == "FusedBatchNormV3":
            found += scaled(SPELT_OUT["BatchNorm"], one.outputs[0].shape.num_elements())
        elif one.type in UNKNOWN:
            found[one.type] += (one.inputs if one.type == "Max" else one.outputs)[0].shape.num_elements()
        else:
            kind = "Add" if one.type in ("AddV2", "BiasAdd") else one.type
            found[kind] += figures.get(one.name, 0)
    return +found


def as_theirs(operation, args, outputs):
    """What TensorFlow's graph has of a call of an operation of Keras, by kind; where nothing is said, our own count."""
    kind, values = type(operation).__name__, sum(map(math.prod, outputs))
    if kind in SPELT_OUT:
        values = math.prod(args[0])
        rows = Counter() if kind != "LayerNorm" else scaled(ROW, values // args[0][-1])
        return scaled(SPELT_OUT[kind], values) + rows
    found = operations(operation, args, outputs)
    # A sum of n values is n - 1 additions to the profiler, and the root's inverse is two operations.
    found = found - values if kind == "Sum" else 2 * found if kind == "Rsqrt" else found
    return Counter({THEIRS.get(kind, kind): found})


def scaled(each, times):
    return Counter({kind: times * number for kind, number in each.items()})


@pytest.mark.tensorflow
@pytest.mark.parametrize(("backbone", "attention"), NETWORKS, ids=NAMES)
def test_as_tensorflow_counts(backbone, attention, monkeypatch):
    """Each kind of operation, to the last one."""
    import tensorflow as tf

    network = ean.build_network(backbone, attention, [1] * sum(backbone.stages), SHAPE, 3)
    wanted = Counter()

    def counted(operation, args, outputs):
        wanted.update(as_theirs(operation, args, outputs))
        return operations(operation, args, outputs)

    monkeypatch.setattr("keras_ean.measure.counting.operations", counted)
    _, calls = count(network)
    assert not [call.unknown for call in calls if call.unknown]
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.groups > 1:  # Counted by another way (`counting._grouped`).
            wanted["Conv2D"] += sum(call.flops for call in calls if call.step.operation is layer)
    spec = tf.TensorSpec((1, *SHAPE))
    graph = tf.function(lambda x: network(x, training=False), input_signature=[spec]).get_concrete_function().graph
    states = [one.outputs[0] for one in graph.get_operations() if one.name.split("/")[-1].startswith("zeros")]
    assert profiled(graph, [graph.inputs[0], *states]) == +wanted


@pytest.mark.backends
def test_every_backend_counts_the_same(monkeypatch):
    # What weights hold is not counted, and JAX compiles random numbers anew for every shape.
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", lambda self, shape, dtype=None: np.zeros(shape))
    found = {}
    for name, (backbone, attention) in zip(NAMES, NETWORKS, strict=True):
        network = ean.build_network(backbone, attention, [1] * sum(backbone.stages), SHAPE, 3)
        found[name] = sum(call.flops for call in count(network)[1])
    assert found == OPERATIONS


@pytest.mark.backends
def test_operations_of_layers_by_hand():
    """Every kind of product, and what else has a rule of its own."""
    layers = keras.layers
    image, rows = keras.Input((6, 6, 4)), keras.Input((5, 4))
    cases = [
        (layers.Conv2D(8, 3, strides=2, padding="same"), image, 9 * 8 * (2 * 9 * 4 + 1)),
        (layers.Conv2D(8, 3, groups=2, use_bias=False), image, 16 * 8 * 2 * 9 * 2),
        (layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), image, 16 * 8 * 2 * 9),
        (layers.SeparableConv2D(8, 3, depth_multiplier=2, use_bias=False), image, 16 * (8 * 2 * 9 + 8 * 2 * 8)),
        (layers.Conv2DTranspose(8, 2, strides=2, use_bias=False), image, 36 * 2 * 4 * 4 * 8),
        (layers.Dense(3, activation="relu"), rows, 5 * 3 * (2 * 4 + 1 + 1)),
        (layers.EinsumDense("abc,cd->abd", output_shape=(None, 3)), rows, 2 * 5 * 4 * 3),
        (layers.MaxPooling2D(2), image, 9 * 4 * 4),
        (layers.GlobalAveragePooling2D(), image, 36 * 4),
        (layers.Softmax(), rows, 5 * 20),
        (layers.ZeroPadding2D(1), image, 0),
        (layers.Rescaling(2.0), image, 36 * 4),
    ]
    found = []
    for layer, given, _ in cases:
        _, calls = count(keras.Model(given, layer(given)))
        found.append(calls[-1].flops)
    assert found == [wanted for *_, wanted in cases]


@keras.saving.register_keras_serializable("tests")
class Numpy(keras.layers.Layer):
    """Its code takes no symbolic tensors."""

    def call(self, x):
        return keras.ops.convert_to_tensor(np.maximum(x, 0))

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


def test_what_cannot_be_seen_is_named():
    image = keras.Input((4, 4, 2))
    _, [call] = count(keras.Model(image, Numpy()(image)))
    assert (call.flops, call.unknown) == (32, ("Numpy",))


@pytest.mark.backends
def test_a_weight_may_stand_on_either_side():
    class Scaled(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), name="scale")

        def call(self, x):
            return self.scale * x + keras.ops.cast(self.scale, "float32") * x

    image = keras.Input((4, 4, 2))
    _, [call] = count(keras.Model(image, Scaled()(image)))
    assert (call.flops, call.unknown) == (3 * 32, ())


def test_nested_models_are_counted_once_for_each_call():
    inner = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.Conv2D(2, 1, use_bias=False, name="inner_conv")])
    image = keras.Input((4, 4, 2))
    _, calls = count(keras.Model(image, inner(inner(image))))
    assert [(call.step.name, call.flops) for call in calls if call.flops] == [("inner_conv", 16 * 2 * 4)] * 2
