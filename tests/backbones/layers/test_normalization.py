import keras
import numpy as np
import pytest

from keras_ean.backbones.layers.normalization import BatchNorm

OPTIONS = {"momentum": 0.7, "epsilon": 1e-5}


def outcome(kind, x, training, **options) -> list[np.ndarray]:
    """Output and weights after a step on x, by a layer with weights that are not the initial ones."""
    layer = kind(**OPTIONS, **options)
    layer.build(x.shape)
    for number, weight in enumerate(layer.weights):
        weight.assign(np.linspace(0.5, 1.5, weight.shape[0]) + number)
    y = layer(keras.ops.convert_to_tensor(x), training=training)
    return [keras.ops.convert_to_numpy(keras.ops.cast(value, "float32")) for value in (y, *layer.weights)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((4, 5, 3, 2), {}),
        ((1, 1, 1, 2), {}),
        ((4, 5, 3, 2), {"scale": False}),
        ((4, 5, 3, 2), {"center": False}),
        ((4, 5, 3, 2), {"trainable": False}),
        ((4, 5, 3, 2), {"axis": 1}),
        ((4, 5, 3, 2), {"renorm": True}),
        ((4, 2), {}),
        ((4, 5, 3, 2), {"dtype": "mixed_float16"}),
        ((4, 5, 3, 2), {"dtype": "mixed_bfloat16"}),
    ],
)
def test_it_is_keras_own_batch_norm(shape, options, training):
    x = np.random.default_rng(0).normal(2, 3, shape).astype("float32")
    expected = outcome(keras.layers.BatchNormalization, x, training, **options)
    found = outcome(BatchNorm, x, training, **options)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)


@pytest.mark.tensorflow
@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_those_of_keras(training):
    import tensorflow as tf

    x = tf.constant(np.random.default_rng(0).normal(2, 3, (4, 5, 3, 2)).astype("float32"))
    gradients = []
    for kind in (keras.layers.BatchNormalization, BatchNorm):
        layer = kind(**OPTIONS)
        layer.build(x.shape)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(tf.sin(layer(x, training=training)))
        gradients.append(tape.gradient(value, [x, layer.gamma.value, layer.beta.value]))
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.tensorflow
def test_tensorflow_runs_one_kernel_for_maps():
    import tensorflow as tf

    def operations(kind, dtype="float32"):
        layer = kind(dtype=dtype)
        layer.build((None, 4, 4, 2))
        graph = tf.function(lambda x: layer(x, training=True)).get_concrete_function(
            tf.TensorSpec((None, 4, 4, 2), dtype)
        )
        return [operation.type for operation in graph.graph.get_operations()]

    assert operations(BatchNorm).count("FusedBatchNormV3") == 1
    assert "FusedBatchNormV3" not in operations(keras.layers.BatchNormalization)
    assert "FusedBatchNormV3" not in operations(BatchNorm, "float64")
