"""Operations as counted from shapes, against TensorFlow's profiler: every attention module and backbone family."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.measure.counting import count
from keras_ean.measure.flop_rules import operations
from tests.attention.test_with_backbones import FAMILIES
from tests.small_backbone import Small

PRODUCTS = ("Conv", "DepthwiseConv", "Matmul", "Einsum")
THEIR_PRODUCTS = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum")
UNSEEN = ("BatchNorm", "Relu", "Relu6")
"""What its profiler has no figures for; nor does it see convolutions in groups, which Keras compiles apart."""
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
    "MobileNetV2-se": 161415,
    "ResNetImageNet-se": 99875,
    "ResNetCIFAR-se": 104433,
    "WideResNet-se": 104049,
    "ResNeXtImageNet-se": 111799,
}
"""Of one image, as the test against TensorFlow's profiler has found them right."""


def profiled(model):
    """Operations by kind, as TensorFlow's profiler counts those of its graph."""
    import tensorflow as tf

    spec = tf.TensorSpec((1, *model.input_shape[1:]))
    graph = tf.function(lambda x: model(x, training=False), input_signature=[spec]).get_concrete_function().graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    tf.get_logger().setLevel("ERROR")  # The profiler is of TensorFlow's first interface, and says so each time.
    found, nodes = {}, [tf.compat.v1.profiler.profile(graph, cmd="op", options=options)]
    while nodes:
        node = nodes.pop()
        found[node.name] = found.get(node.name, 0) + node.float_ops
        nodes += node.children
    return found


@pytest.mark.tensorflow
@pytest.mark.parametrize(("backbone", "attention"), NETWORKS, ids=NAMES)
def test_as_tensorflow_counts(backbone, attention, monkeypatch):
    network = ean.build_network(backbone, attention, [1] * sum(backbone.stages), SHAPE, 3)
    sums = dict.fromkeys(("seen", "products", "unseen"), 0)

    def counted(operation, args, outputs):
        kind, found = type(operation).__name__, operations(operation, args, outputs)
        sums["products" if kind in PRODUCTS else "unseen" if kind in UNSEEN else "seen"] += found
        return found

    monkeypatch.setattr("keras_ean.measure.counting.operations", counted)
    _, calls = count(network)
    assert not [call.unknown for call in calls if call.unknown]
    theirs = profiled(network)
    products = sum(theirs.get(kind, 0) for kind in THEIR_PRODUCTS)
    assert sums["products"] == products
    assert sums["products"] + sums["seen"] == pytest.approx(sum(theirs.values()), rel=0.06)


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
