import keras
import numpy as np
import pytest

from keras_ean import device


def test_compiled_traces_once_per_shape():
    runs = []

    def double(x):
        runs.append(x.shape)
        return 2 * x

    compiled = device.compiled(double)
    for value in (1.0, 2.0, 3.0):
        x = keras.ops.convert_to_tensor(np.full((3,), value, "float32"))
        np.testing.assert_allclose(keras.ops.convert_to_numpy(compiled(x)), 2 * value)
    assert len(runs) == 1


def test_no_accelerator_is_seen_where_there_is_none():
    assert device.accelerated() is False


@pytest.mark.tensorflow
def test_xla_is_not_for_strategies(monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(device, "accelerated", lambda: True)
    assert device.jit_compile()
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        assert not device.jit_compile()
